using EhrLedger.Benchmarks.Http;
using EhrLedger.Benchmarks.Ledger;
using EhrLedger.Benchmarks.Parts;
using EhrLedger.Benchmarks.Reference;
using EhrLedger.Benchmarks.Running;
using EhrLedger.Benchmarks.Sealing;
using EhrLedger.Benchmarks.Three;
using EhrLedger.Benchmarks.Wallets;
using EhrLedger.Node.Engines;

if (args is ["reference", var url, var folder, .. var how])
{
    await ReferenceServer.RunAsync(url, folder, searchable: how is ["searchable"]).ConfigureAwait(false);
    return 0;
}

var all = new (string Name, Func<IReadOnlyList<string>, Task<Section>> Run)[]
{
    ("seal", _ => Task.FromResult(SealBenchmark.Run())),
    ("ed25519", _ => Task.FromResult(Ed25519Benchmark.Run())),
    ("store", _ => Task.FromResult(StoreBenchmark.Run())),
    ("resource", ResourceBenchmark.RunAsync),
    ("ledger", LedgerBenchmark.RunAsync),
    ("fhir", FhirBenchmark.RunAsync),
    ("search", SearchBenchmark.RunAsync),
    ("import", ImportBenchmark.RunAsync),
    ("everything", EverythingBenchmark.RunAsync),
    ("three", ThreeBenchmark.RunAsync),
    ("wallet", WalletAppBenchmark.RunAsync),
};

var names = args.Where(argument => !argument.StartsWith("--", StringComparison.Ordinal)).ToList();
var flags = args.Where(argument => argument.StartsWith("--", StringComparison.Ordinal)).ToList();
if (names.Except(all.Select(one => one.Name)).ToList() is { Count: > 0 } unknown)
{
    Console.Error.WriteLine($"Unknown: {string.Join(", ", unknown)}. There are: {string.Join(", ", all.Select(one => one.Name))}.");
    return 2;
}

// As a node does when it starts.
NativeCrypto.Use();
Console.WriteLine(Machine.Describe());
foreach (var (name, run) in all.Where(one => names.Count == 0 || names.Contains(one.Name)))
{
    Console.WriteLine($"\n# {name}");
    var section = await run(flags).ConfigureAwait(false);
    if (!section.IsPartial)
    {
        ResultsFile.Keep(section);
    }
}

return 0;
