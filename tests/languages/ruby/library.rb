# frozen_string_literal: true

require 'set'
require_relative 'library/shelf'
load 'tasks.rake'
autoload :Index, 'library/index'

# Everything about books.
#
# More about it.
module Library
  VERSION = '1.0'
  MAX, MIN = 10, 1
  Error = Class.new(StandardError)

  # A book on a shelf.
  class Book < Shelf::Item
    include Comparable
    extend Library::Loans

    attr_accessor :title, :pages
    attr_reader "isbn"
    @@count = 0

    # Makes one.
    def initialize(title, pages: MAX, **options, &block)
      @title = title
      super(options)
    end

    def self.open(path) = new(File.read(path))

    def <=>(other)
      pages <=> other.pages
    end

    def [](index); end
    def title=(value)
      @title = value
    end
    def long?; pages > MAX; end
    def save!; end
    def class; end

    class << self
      attr_writer :shelf

      def find(id)
        Index.lookup(id)&.tap { |book| book.save! }
      end
      private

      def secret; end
    end

    define_method(:dynamic) { |x| long? }
    define_method("quoted") do |x|
      x
    end
    alias length pages
    alias_method :size, :length
    private def hidden; end

    Page = Struct.new(:number, :text) do
      def blank? = text.empty?
    end
    Cover = Data.define(:colour)

    before_save :long?, if: :blank?
    scope :recent, -> { where(age: 1) }
  end

  module_function

  def self.load_all(*paths)
    paths.map(&Book.method(:open)).each(&:save!)
  end
end

=begin
A block comment.
=end
class Library::Reader
  class ::Global; end
  FULL = ->(name) { name.upcase }
  LIMIT ||= 3
  begin
    Library::Book.open 'x'
  rescue Library::Error, IOError => error
    raise NotFound.new(error)
  end
end

class << Library
  def reset; end
end

def Library.close; end
def helper(a, b = Library::MAX) = a + b
$debug = false
stream = Object.new
def stream.each; yield helper(1); end
Größe = 3

describe Library do
  it 'opens' do
    def local_helper; helper 2; end
  end
end
