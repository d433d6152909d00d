using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using NUnit.Framework;

namespace EhrLedger.Tests;

/// <summary>
/// An array converts to a memory by itself, and so does null, into an empty one: <c>found ? memory : null</c> is never null, whatever <c>ReadOnlyMemory&lt;byte&gt;?</c> it is given to. The compiler says nothing.
/// </summary>
public sealed class NullMemoryTests
{
    private static readonly HashSet<string> Converting = ["Memory", "ReadOnlyMemory", "Span", "ReadOnlySpan", "ArraySegment"];

    [TestCase("flag ? null : memory")]
    [TestCase("flag ? memory : null")]
    [TestCase("flag ? memory : (null)")]
    [TestCase("flag switch { true => memory, false => null }")]
    public void Is_found_where_a_null_is_meant(string expression) => Assert.That(FindIn(expression), Has.Length.EqualTo(1));

    [TestCase("flag ? (System.ReadOnlyMemory<byte>?)null : memory")]
    [TestCase("flag ? default : memory")]
    [TestCase("null")]
    [TestCase("flag ? maybe : null")]
    public void Is_not_found_where_there_is_none(string expression) => Assert.That(FindIn(expression), Is.Empty);

    [Test]
    public void No_null_becomes_an_empty_memory_by_itself()
    {
        var root = Repository.FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln");
        var trees = new[] { "src", "tests", "samples" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => !Path.GetRelativePath(root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules" or "Migrations"))
            .Select(file => Parse(File.ReadAllText(file), Path.GetRelativePath(root, file)))
            .ToList();
        Assert.That(trees, Has.Count.GreaterThan(300));
        Assert.That(Find(trees), Is.Empty);
    }

    private static string[] FindIn(string expression) =>
        Find([Parse($"class Snippet {{ System.ReadOnlyMemory<byte>? M(bool flag, System.ReadOnlyMemory<byte> memory, System.ReadOnlyMemory<byte>? maybe) => {expression}; }}", "snippet.cs")]);

    /// <summary>All sources in one compilation. What packages add beyond this test's own is not known to it; that hides no type of ours.</summary>
    private static string[] Find(IReadOnlyCollection<SyntaxTree> trees)
    {
        var usings = Parse(
            string.Concat(((string[])["System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks"]).Select(name => $"global using global::{name};")),
            "usings.cs");
        var compilation = CSharpCompilation.Create("All", [usings, .. trees], References(), new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        return [.. trees.SelectMany(tree =>
        {
            var nulls = tree.GetRoot().DescendantNodes().OfType<LiteralExpressionSyntax>().Where(literal => literal.IsKind(SyntaxKind.NullLiteralExpression) && IsChosen(literal)).ToList();
            var model = nulls.Count == 0 ? null : compilation.GetSemanticModel(tree);
            return nulls.Where(literal => BecomesMemory(model!, literal)).Select(literal => $"{tree.FilePath}:{literal.GetLocation().GetLineSpan().StartLinePosition.Line + 1}");
        })];
    }

    /// <summary>One of several values, whose common type the compiler has to find.</summary>
    private static bool IsChosen(LiteralExpressionSyntax literal)
    {
        SyntaxNode node = literal;
        while (node.Parent is ParenthesizedExpressionSyntax parenthesis)
        {
            node = parenthesis;
        }

        return node.Parent is ConditionalExpressionSyntax or SwitchExpressionArmSyntax or BinaryExpressionSyntax { RawKind: (int)SyntaxKind.CoalesceExpression };
    }

    private static bool BecomesMemory(SemanticModel model, LiteralExpressionSyntax literal) =>
        model.GetConversion(literal).IsUserDefined && model.GetTypeInfo(literal).ConvertedType is INamedTypeSymbol { IsValueType: true } type && Converting.Contains(type.Name);

    private static SyntaxTree Parse(string text, string path) => CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.CSharp14), path);

    private static ImmutableArray<MetadataReference> References() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Concat(AspNetCore())
            .Where(file => !Path.GetFileName(file).StartsWith("EhrLedger", StringComparison.Ordinal))
            .DistinctBy(Path.GetFileName)
            .Select(file => (MetadataReference)MetadataReference.CreateFromFile(file))];

    private static IEnumerable<string> AspNetCore()
    {
        // Beside the runtime's own folder: shared/Microsoft.NETCore.App/10.0.x.
        var shared = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", ".."));
        return Directory.EnumerateDirectories(shared, "Microsoft.AspNetCore.App").SelectMany(Directory.EnumerateDirectories).OrderDescending(StringComparer.Ordinal).Take(1)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.dll"));
    }
}
