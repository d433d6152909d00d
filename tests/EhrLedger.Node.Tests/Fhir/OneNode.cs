using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Fhir;

/// <summary>One organisation alone, shared by the tests of this folder: each brings patients of its own. Fixtures that use it are not run side by side, because some look at all that there is.</summary>
[SetUpFixture]
public sealed class OneNode
{
    private static TestConsortium? _consortium;

    internal static TestConsortium Consortium => _consortium ?? throw new InvalidOperationException("Not started.");

    internal static TestNode Node => Consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync() => _consortium = await TestConsortium.StartAsync(1);

    [OneTimeTearDown]
    public void Stop() => _consortium?.Dispose();
}
