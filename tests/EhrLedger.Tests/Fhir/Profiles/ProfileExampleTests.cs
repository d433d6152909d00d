using System.Text;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.Profiles;
using Hl7.Fhir.Model;
using NUnit.Framework;

namespace EhrLedger.Tests.Fhir.Profiles;

/// <summary>fhir-profiles/examples: each file is what its name says, and beside each bad one stands the outcome that it gets.</summary>
public sealed class ProfileExampleTests
{
    private static string Folder => Path.Combine(Repository.FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln"), "fhir-profiles", "examples");

    private static IEnumerable<string> Good => Named(".good-");

    private static IEnumerable<string> Bad => Named(".bad-");

    private static IEnumerable<string> Named(string part) => Directory.EnumerateFiles(Folder, "*.json")
        .Select(file => Path.GetFileName(file))
        .Where(file => file.Contains(part, StringComparison.Ordinal) && !file.EndsWith(".outcome.json", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Good))]
    public void Nothing_is_wrong_with(string file) => Assert.That(Check(file).Select(issue => issue.Diagnostics), Is.Empty);

    [TestCaseSource(nameof(Bad))]
    public void Is_refused_for_what_stands_beside_it(string file) => Assert.That(OutcomeOf(file), Is.EqualTo(File.ReadAllText(OutcomeFile(file))));

    [Test]
    public void Every_outcome_belongs_to_a_bad_example() => Assert.That(
        Directory.EnumerateFiles(Folder, "*.outcome.json").Select(file => Path.GetFileName(file)), Is.EquivalentTo(Bad.Select(file => Path.GetFileName(OutcomeFile(file)))));

    [Test]
    public void Every_rule_in_FHIRPath_is_broken_by_an_example()
    {
        var keys = OwnDefinitions.All.OfType<StructureDefinition>().SelectMany(one => one.Differential!.Element).SelectMany(element => element.Constraint).Select(constraint => constraint.Key!);

        Assert.That(keys.Where(key => !Bad.Any(file => OutcomeOf(file).Contains($"{key}: ", StringComparison.Ordinal))), Is.Empty);
    }

    [Test]
    public void Every_profile_has_a_good_and_a_bad_example()
    {
        var profiles = OwnDefinitions.All.OfType<StructureDefinition>().Select(one => one.Url!).ToList();

        Assert.That(profiles.Where(url => !Good.Any(file => File.ReadAllText(Path.Combine(Folder, file)).Contains($"\"{url}\"", StringComparison.Ordinal))), Is.Empty);
        Assert.That(profiles.Where(url => !Bad.Any(file => OutcomeOf(file).Contains($"({url})", StringComparison.Ordinal))), Is.Empty);
    }

    [Test]
    [Explicit("Writes what the bad examples get now; look at the difference before keeping it.")]
    public void Write_the_outcomes()
    {
        foreach (var file in Bad)
        {
            File.WriteAllText(OutcomeFile(file), OutcomeOf(file));
        }

        Assert.That(Bad, Is.Not.Empty);
    }

    private static string OutcomeFile(string file) => Path.Combine(Folder, Path.ChangeExtension(file, ".outcome.json"));

    private static IReadOnlyList<OperationOutcome.IssueComponent> Check(string file) =>
        ProfileSet.Own.CheckDeclared(PublishedResources.Parse(File.ReadAllBytes(Path.Combine(Folder, file))));

    private static string OutcomeOf(string file) => Encoding.UTF8.GetString(FhirJson.Write(Outcome.Of(Check(file)), pretty: true)) + "\n";
}
