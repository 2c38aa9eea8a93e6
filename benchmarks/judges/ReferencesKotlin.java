// Where Kotlin's own compiler says that names are defined, one line a name: path, offset, name, kind, then target path and offset of each.
//
//     java -cp COMPILER.jar benchmarks/judges/ReferencesKotlin.java ROOT STDLIB.jar < paths of .kt and .java files, one a line
//
// COMPILER.jar is one that holds the compiler (PyPI: kotlin-jupyter-kernel). Its first front end is asked, as Kotlin 1.9:
// it says for every expression what it refers to. Packages that are not at hand are errors to it; what they hide is left out.
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.jetbrains.kotlin.analyzer.AnalysisResult;
import org.jetbrains.kotlin.cli.FrontendConfigurationKeysKt;
import org.jetbrains.kotlin.cli.common.CLIConfigurationKeys;
import org.jetbrains.kotlin.cli.common.config.ContentRootsKt;
import org.jetbrains.kotlin.cli.common.messages.MessageCollector;
import org.jetbrains.kotlin.cli.jvm.compiler.*;
import org.jetbrains.kotlin.cli.jvm.config.JvmContentRootsKt;
import org.jetbrains.kotlin.com.intellij.openapi.util.Disposer;
import org.jetbrains.kotlin.com.intellij.psi.*;
import org.jetbrains.kotlin.com.intellij.psi.util.PsiTreeUtil;
import org.jetbrains.kotlin.compiler.plugin.CompilerPluginRegistrar;
import org.jetbrains.kotlin.config.*;
import org.jetbrains.kotlin.descriptors.*;
import org.jetbrains.kotlin.psi.*;
import org.jetbrains.kotlin.resolve.*;
import org.jetbrains.kotlin.types.error.ErrorUtils;

public class ReferencesKotlin {
  static Path root;
  static PrintStream out;

  public static void main(String[] arguments) throws Exception {
    root = Path.of(arguments[0]).toRealPath();
    out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)), false, "UTF-8");
    System.setOut(System.err);
    List<String> kotlin = new ArrayList<>();
    List<File> java = new ArrayList<>();
    for (String line : new String(System.in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
      if (line.endsWith(".kt")) kotlin.add(root.resolve(line).toString());
      else if (line.endsWith(".java")) java.add(root.resolve(line).toFile());
    }
    System.setProperty("idea.home.path", System.getProperty("java.io.tmpdir"));
    CompilerConfiguration configuration = new CompilerConfiguration();
    configuration.put(CLIConfigurationKeys.MESSAGE_COLLECTOR_KEY, MessageCollector.Companion.getNONE());
    configuration.put(CommonConfigurationKeys.MODULE_NAME, "judged");
    configuration.put(CommonConfigurationKeys.LANGUAGE_VERSION_SETTINGS, new LanguageVersionSettingsImpl(
        LanguageVersion.KOTLIN_1_9, ApiVersion.KOTLIN_1_9, Map.of(),
        Map.of(LanguageFeature.MultiPlatformProjects, LanguageFeature.State.ENABLED)));
    FrontendConfigurationKeysKt.setExtensionsStorage(configuration, new CompilerPluginRegistrar.ExtensionStorage());
    configuration.put(JVMConfigurationKeys.JDK_HOME, new File(System.getProperty("java.home")));
    JvmContentRootsKt.configureJdkClasspathRoots(configuration);
    JvmContentRootsKt.addJvmClasspathRoot(configuration, new File(arguments[1]));
    JvmContentRootsKt.addJavaSourceRoots(configuration, java, null);
    ContentRootsKt.addKotlinSourceRoots(configuration, kotlin);
    KotlinCoreEnvironment environment = KotlinCoreEnvironment.createForProduction(
        Disposer.newDisposable(), configuration, EnvironmentConfigFiles.JVM_CONFIG_FILES);
    AnalysisResult result = TopDownAnalyzerFacadeForJVM.analyzeFilesWithJavaIntegration(
        environment.getProject(), environment.getSourceFiles(),
        new NoScopeRecordCliBindingTrace(environment.getProject()), configuration, environment::createPackagePartProvider);
    BindingContext context = result.getBindingContext();
    for (KtFile file : environment.getSourceFiles())
      for (KtNameReferenceExpression name : PsiTreeUtil.findChildrenOfType(file, KtNameReferenceExpression.class))
        say(file, name, context);
    out.flush();
    Runtime.getRuntime().halt(0);
  }

  static void say(KtFile file, KtNameReferenceExpression name, BindingContext context) {
    DeclarationDescriptor meant = context.get(BindingContext.REFERENCE_TARGET, name);
    String own = name.getReferencedName();
    if (own.equals("this") || own.equals("super") || name.getParent() instanceof KtInstanceExpressionWithLabel) return;
    if (meant == null || ErrorUtils.isError(meant) || meant instanceof PackageViewDescriptor) return;
    DeclarationDescriptor beside = context.get(BindingContext.SHORT_REFERENCE_TO_COMPANION_OBJECT, name);
    if (beside != null) meant = beside;  // `Name.of()` names the class
    boolean isLocal = false;
    StringBuilder places = new StringBuilder();
    for (DeclarationDescriptor each : DescriptorToSourceUtils.getEffectiveReferencedDescriptors(meant)) {
      if (each instanceof CallableMemberDescriptor member && member.getKind() == CallableMemberDescriptor.Kind.SYNTHESIZED) return;
      PsiElement source = DescriptorToSourceUtils.getSourceFromDescriptor(each);
      if (source instanceof KtObjectDeclaration object && object.getNameIdentifier() == null) return;  // a companion
      if (source instanceof KtConstructor<?> constructor) source = constructor.getContainingClassOrObject();
      if (source instanceof KtFunctionLiteral) isLocal = true;  // `it`
      if (!(source instanceof PsiNameIdentifierOwner owner) || owner.getNameIdentifier() == null) continue;
      isLocal |= source instanceof KtTypeParameter
          || source instanceof KtDestructuringDeclarationEntry entry && entry.getParent().getParent() instanceof KtBlockExpression
          || source instanceof KtParameter parameter && !parameter.hasValOrVar()
          || source instanceof KtProperty property && property.isLocal()
          || source instanceof KtNamedFunction function && function.isLocal();
      places.append('\t').append(path(source.getContainingFile())).append('\t').append(owner.getNameIdentifier().getTextOffset());
    }
    String kind = isLocal ? "local" : places.isEmpty() ? "outside" : "target";
    out.println(path(file) + "\t" + name.getTextOffset() + "\t" + own + "\t" + kind + places);
  }

  static String path(PsiFile file) {
    return root.relativize(Path.of(file.getVirtualFile().getPath())).toString().replace('\\', '/');
  }
}
