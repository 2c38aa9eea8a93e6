"""What Ruby itself brings, as Ruby 3.1 lists it: its classes' methods (`instance_methods`) and its constants."""

from __future__ import annotations

_OWN = {
    "Array": """
append assoc at bsearch bsearch_index clear collect! combination compact! concat deconstruct delete delete_at
delete_if difference dig each each_index empty? fetch fill filter! flatten flatten! index insert intersect?
intersection join keep_if last length map! pack permutation pop prepend product push rassoc reject!
repeated_combination repeated_permutation replace reverse reverse! rindex rotate rotate! sample select! shift
shuffle shuffle! size slice slice! sort! sort_by! to_ary transpose union uniq! unshift values_at
""",
    "Class": """
allocate new subclasses superclass
""",
    "Comparable": """
between? clamp
""",
    "Enumerable": """
all? any? chain chunk chunk_while collect collect_concat compact count cycle detect drop drop_while each_cons
each_entry each_slice each_with_index each_with_object entries filter filter_map find find_all find_index first
flat_map grep grep_v group_by include? inject lazy map max max_by member? min min_by minmax minmax_by none? one?
partition reduce reject reverse_each select slice_after slice_before slice_when sort sort_by sum take take_while
tally to_a to_h to_set uniq zip
""",
    "Enumerator": """
each feed next next_values peek peek_values rewind size with_index with_object
""",
    "Exception": """
backtrace backtrace_locations cause exception full_message message set_backtrace
""",
    "File": """
atime birthtime chmod chown ctime flock lstat mtime path size to_path truncate
""",
    "Float": """
abs abs2 angle arg ceil coerce conj conjugate denominator div divmod fdiv finite? floor i imag imaginary infinite?
integer? magnitude modulo nan? negative? next_float nonzero? numerator phase polar positive? prev_float quo
rationalize real real? rect rectangular remainder round singleton_method_added step to_c to_f to_i to_int to_r
truncate zero?
""",
    "Hash": """
assoc clear compact! compare_by_identity compare_by_identity? deconstruct_keys default default_proc delete delete_if
dig each each_key each_pair each_value empty? except fetch fetch_values filter! flatten has_key? has_value? invert
keep_if key key? keys length merge merge! rassoc rehash reject! replace select! shift size slice store to_hash
to_proc transform_keys transform_keys! transform_values transform_values! update value? values values_at
""",
    "IO": """
advise autoclose? binmode binmode? close close_on_exec? close_read close_write closed? each each_byte each_char
each_codepoint each_line eof eof? external_encoding fcntl fdatasync fileno flush fsync getbyte getc gets
internal_encoding ioctl isatty lineno pid pos pread print printf putc puts pwrite read read_nonblock readbyte
readchar readline readlines readpartial reopen rewind seek set_encoding set_encoding_by_bom stat sync sysread
sysseek syswrite tell to_i to_io tty? ungetbyte ungetc write write_nonblock
""",
    "Integer": """
abs abs2 allbits? angle anybits? arg bit_length ceil chr coerce conj conjugate denominator digits div divmod downto
even? fdiv finite? floor gcd gcdlcm i imag imaginary infinite? integer? lcm magnitude modulo negative? next nobits?
nonzero? numerator odd? ord phase polar positive? pow pred quo rationalize real real? rect rectangular remainder
round singleton_method_added size step succ times to_c to_f to_i to_int to_r truncate upto zero?
""",
    "MatchData": """
begin captures end length match match_length named_captures names offset post_match pre_match regexp size string
to_a values_at
""",
    "Method": """
arity call curry name original_name owner parameters private? protected? public? receiver source_location
super_method to_proc unbind
""",
    "Module": """
alias_method ancestors attr attr_accessor attr_reader attr_writer autoload autoload? class_eval class_exec
class_variable_defined? class_variable_get class_variable_set class_variables const_defined? const_get const_missing
const_set const_source_location constants define_method deprecate_constant include include? included_modules
instance_method instance_methods method_defined? module_eval module_exec name prepend private_class_method
private_constant private_instance_methods private_method_defined? protected_instance_methods
protected_method_defined? public_class_method public_constant public_instance_method public_instance_methods
public_method_defined? remove_class_variable remove_method singleton_class? undef_method
""",
    "Object": """
__id__ __send__ class clone define_singleton_method display dup enum_for eql? equal? extend freeze frozen? hash
inspect instance_eval instance_exec instance_of? instance_variable_defined? instance_variable_get
instance_variable_set instance_variables is_a? itself kind_of? method methods nil? object_id private_methods
protected_methods public_method public_methods public_send remove_instance_variable respond_to? send singleton_class
singleton_method singleton_methods taint tainted? tap then to_enum to_s trust untaint untrust untrusted? yield_self
""",
    "Proc": """
arity binding call curry lambda? parameters ruby2_keywords source_location to_proc yield
""",
    "Range": """
begin bsearch cover? each end exclude_end? last size step
""",
    "Regexp": """
casefold? encoding fixed_encoding? match match? named_captures names options source
""",
    "Set": """
add add? classify clear collect! compare_by_identity compare_by_identity? delete delete? delete_if difference
disjoint? divide each empty? filter! flatten flatten! flatten_merge intersect? intersection join keep_if length map!
merge pretty_print pretty_print_cycle proper_subset? proper_superset? reject! replace reset select! size subset?
subtract superset? union
""",
    "String": """
ascii_only? b bytes bytesize byteslice capitalize capitalize! casecmp casecmp? center chars chomp chomp! chop chop!
chr clear codepoints concat count crypt delete delete! delete_prefix delete_prefix! delete_suffix delete_suffix!
downcase downcase! dump each_byte each_char each_codepoint each_grapheme_cluster each_line empty? encode encode!
encoding end_with? force_encoding getbyte grapheme_clusters gsub gsub! hex include? index insert intern length lines
ljust lstrip lstrip! match match? next next! oct ord partition prepend replace reverse reverse! rindex rjust
rpartition rstrip rstrip! scan scrub scrub! setbyte size slice slice! split squeeze squeeze! start_with? strip
strip! sub sub! succ succ! sum swapcase swapcase! to_c to_f to_i to_r to_str to_sym tr tr! tr_s tr_s! undump
unicode_normalize unicode_normalize! unicode_normalized? unpack unpack1 upcase upcase! upto valid_encoding?
""",
    "Struct": """
deconstruct deconstruct_keys dig each each_pair length members size values values_at
""",
    "Symbol": """
between? capitalize casecmp casecmp? clamp downcase empty? encoding end_with? id2name intern length match match?
name next size slice start_with? succ swapcase to_proc to_sym upcase
""",
    "Thread": """
abort_on_exception add_trace_func alive? backtrace backtrace_locations exit fetch group join key? keys kill name
native_thread_id pending_interrupt? priority raise report_on_exception run set_trace_func status stop? terminate
thread_variable? thread_variable_get thread_variable_set thread_variables value wakeup
""",
    "Time": """
asctime ceil ctime day dst? floor friday? getgm getlocal getutc gmt? gmt_offset gmtime gmtoff hour isdst localtime
mday min mon monday? month nsec round saturday? sec strftime subsec sunday? thursday? to_a to_f to_i to_r tuesday?
tv_nsec tv_sec tv_usec usec utc utc? utc_offset wday wednesday? yday year zone
""",
}
_ABOVE = {
    "Array": "Enumerable", "Class": "Module", "Enumerator": "Enumerable", "File": "IO", "Float": "Comparable", "Hash":
    "Enumerable", "IO": "Enumerable", "Integer": "Comparable", "Range": "Enumerable", "Set": "Enumerable", "String":
    "Comparable", "Struct": "Enumerable", "Time": "Comparable",
}  # fmt: skip
"""Class -> the class or module that the rest of its methods comes from, before `Object`."""
CONSTANTS = frozenset(
    """
ARGF ARGV ArgumentError Array BasicObject Binding Class ClosedQueueError Comparable Complex ConditionVariable Dir
ENV EOFError Encoding EncodingError Enumerable Enumerator Errno Exception FalseClass Fiber FiberError File FileTest
Float FloatDomainError FrozenError GC Hash IO IOError IndexError Integer Interrupt Kernel KeyError LoadError
LocalJumpError Marshal MatchData Math Method Module Mutex NameError NilClass NoMatchingPatternError
NoMatchingPatternKeyError NoMemoryError NoMethodError NotImplementedError Numeric Object ObjectSpace Proc Process
Queue RUBY_COPYRIGHT RUBY_DESCRIPTION RUBY_ENGINE RUBY_ENGINE_VERSION RUBY_PATCHLEVEL RUBY_PLATFORM
RUBY_RELEASE_DATE RUBY_REVISION RUBY_VERSION Ractor Random Range RangeError Rational Refinement Regexp RegexpError
RubyVM RuntimeError STDERR STDIN STDOUT ScriptError SecurityError Signal SignalException SizedQueue StandardError
StopIteration String Struct Symbol SyntaxError SystemCallError SystemExit SystemStackError TOPLEVEL_BINDING Thread
ThreadError ThreadGroup Time TracePoint TrueClass TypeError UnboundMethod UncaughtThrowError Warning
ZeroDivisionError
""".split()
)
"""Those that are there without a `require`."""


def _with_those_above(name: str) -> frozenset[str]:
    own = frozenset(_OWN[name].split())
    return own | _with_those_above(_ABOVE[name]) if name in _ABOVE else own


OF_OBJECT = frozenset(_OWN["Object"].split())
BY_CLASS = {name: _with_those_above(name) | OF_OBJECT for name in _OWN}
NAMES = frozenset().union(*BY_CLASS.values())
"""The methods of all of them."""
