using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;

namespace EhrLedger.Tests;

/// <summary>The house has one-way stairs: which project may see which.</summary>
public sealed partial class ArchitectureTests
{
    // What each project may see, itself left out: the order of docs, one way. What is not here may not exist.
    private static readonly Dictionary<string, string[]> MaySee = new()
    {
        ["Crypto"] = [],
        ["MerkleLog"] = ["Crypto"],
        ["Ledger"] = ["Crypto", "MerkleLog"],
        ["Consent"] = ["Crypto", "MerkleLog", "Ledger"],
        ["Provenance"] = ["Crypto", "MerkleLog", "Ledger"],
        ["Fhir"] = ["Crypto", "MerkleLog", "Ledger", "Consent"],
        ["Claims"] = ["Crypto", "MerkleLog", "Ledger", "Consent", "Fhir"],
        ["Messaging"] = ["Crypto"],
        ["Client"] = ["Crypto", "MerkleLog", "Ledger", "Consent", "Messaging"],
        ["Wallet"] = ["Crypto", "MerkleLog", "Ledger", "Consent", "Messaging", "Client"],
        ["Wallet.App"] = ["Crypto", "MerkleLog", "Ledger", "Consent", "Messaging", "Client", "Wallet"],
        ["Node"] = ["Crypto", "MerkleLog", "Ledger", "Consent", "Provenance", "Fhir", "Claims", "Messaging", "Client"],
        ["Cli"] = ["Crypto", "MerkleLog", "Ledger", "Consent", "Messaging", "Client"],
    };

    private static readonly DirectoryInfo Root = FindRoot();

    public static IEnumerable<string> Projects() =>
        Root.GetDirectories("src")[0].GetFiles("*.csproj", SearchOption.AllDirectories).Select(file => file.FullName);

    [TestCaseSource(nameof(Projects))]
    public void Sees_only_what_stands_below_it(string project)
    {
        var name = NameOf(project);
        Assert.That(MaySee, Does.ContainKey(name), "A new project needs a place in the order.");
        Assert.That(ReferencesOf(project).Select(NameOf).Except(MaySee[name]), Is.Empty);
    }

    [TestCaseSource(nameof(Projects))]
    public void Only_Fhir_knows_the_libraries_of_HL7(string project)
    {
        var packages = XDocument.Load(project).Descendants("PackageReference").Select(package => (string)package.Attribute("Include")!);
        Assert.That(packages.Any(package => package.StartsWith("Hl7.", StringComparison.Ordinal)), Is.EqualTo(NameOf(project) == "Fhir"));
    }

    [TestCaseSource(nameof(Projects))]
    public void Only_the_node_its_evaluators_and_FHIR_itself_reach_them(string project)
    {
        string[] reach = ["Fhir", "Claims", "Node"];
        Assert.That(AllReferencesOf(project).Append(project).Select(NameOf).Contains("Fhir") && !reach.Contains(NameOf(project)), Is.False);
    }

    [Test]
    public void No_tracked_file_knows_the_machine_that_it_was_written_on()
    {
        var offenders = TrackedFiles()
            .Where(file => file is not { Extension: ".png" or ".jpg" or ".wasm" or ".woff2" } && file is { Exists: true, Length: < 4_000_000 })
            .SelectMany(file => File.ReadLines(file.FullName).Select((line, i) => (file.Name, Number: i + 1, Line: line)))
            .Where(line => MachinePath().IsMatch(line.Line))
            .Select(line => $"{line.Name}:{line.Number}")
            .ToArray();
        Assert.That(offenders, Is.Empty);
    }

    private static IEnumerable<FileInfo> TrackedFiles()
    {
        var start = new ProcessStartInfo("git", ["ls-files", "-z"]) { WorkingDirectory = Root.FullName, RedirectStandardOutput = true };
        try
        {
            using var git = Process.Start(start)!;
            var files = git.StandardOutput.ReadToEnd().Split('\0', StringSplitOptions.RemoveEmptyEntries);
            git.WaitForExit();
            if (git.ExitCode == 0)
            {
                return files.Select(file => new FileInfo(Path.Combine(Root.FullName, file)));
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No git here.
        }

        Assert.Ignore("The tracked files are not known: this is no git checkout.");
        return [];
    }

    private static IEnumerable<string> ReferencesOf(string project) =>
        XDocument.Load(project).Descendants("ProjectReference")
            .Select(reference => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, ((string)reference.Attribute("Include")!).Replace('\\', '/'))));

    private static IEnumerable<string> AllReferencesOf(string project) => ReferencesOf(project).SelectMany(reference => AllReferencesOf(reference).Append(reference)).Distinct();

    private static string NameOf(string project) => Path.GetFileNameWithoutExtension(project)["EhrLedger.".Length..];

    private static DirectoryInfo FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "EhrLedger.sln")))
        {
            folder = folder.Parent;
        }

        return folder ?? throw new InvalidOperationException("The tests run outside the repository.");
    }

    // Home and work folders of people and build machines, spelled so that this line is none of them.
    [GeneratedRegex(@"(?<![\w.])/(?:home|Users|root|work)/\w|[A-Z]:\\Users\\")]
    private static partial Regex MachinePath();
}
