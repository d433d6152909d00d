using System.Text.Json.Nodes;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;
using ModelInfo = Hl7.Fhir.Model.ModelInfo;

namespace EhrLedger.Node.Tests.Conformance;

/// <summary>The CapabilityStatement says what is so: each line is tried on a real node, and there is no line less than the floor.</summary>
public sealed class CapabilityTests
{
    private TestConsortium _consortium = null!;
    private JsonObject _statement = null!;
    private string _patient = "";

    private static IEnumerable<string> Types => ModelInfo.SupportedResources.Where(type => type is not ("Resource" or "DomainResource")).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Tried => Sample.Of([.. Types]);

    private TestNode Node => _consortium.Sequencer;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _consortium = await TestConsortium.StartAsync(1);
        _patient = await Node.RegisterPatientAsync("Walk");
        _statement = (await Node.GetAsync("metadata")).Json;
    }

    [OneTimeTearDown]
    public void Stop() => _consortium?.Dispose();

    [TestCaseSource(nameof(Tried))]
    public async Task Every_line_works_for(string type)
    {
        var line = Resource(type);
        Assert.That(line, Is.Not.Null, "It is not declared.");
        await new CapabilityWalk(Node, _patient).WalkTypeAsync(line!);
    }

    [Test]
    public Task Every_line_of_the_system_works() => new CapabilityWalk(Node, _patient).WalkSystemAsync(_statement);

    [Test]
    public void No_type_is_declared_beside_those_of_R4() => Assert.That(_statement["rest"]![0]!["resource"]!.AsArray().Select(line => (string?)line!["type"]), Is.EquivalentTo(Types));

    [Test]
    public void A_line_that_nobody_can_try_fails() => Assert.That(
        async () => await new CapabilityWalk(Node, _patient).WalkTypeAsync(Resource("Basic")!.DeepClone().AsObject().With("teleport", true)),
        Throws.InstanceOf<AssertionException>().With.Message.Contains("'teleport' of Basic"));

    /// <summary>More may be declared than stands in the floor, never less.</summary>
    [Test]
    public void Nothing_of_the_floor_is_missing()
    {
        var floor = CapabilityFloor.Read();
        var declared = CapabilityFloor.Of(_statement);

        Assert.That(floor.Keys, Is.EquivalentTo(Types.Append("system")));
        Assert.Multiple(() =>
        {
            foreach (var (type, lines) in floor)
            {
                Assert.That(lines.Except(declared[type]), Is.Empty, $"{type} no longer declares");
            }
        });
    }

    private JsonObject? Resource(string type) => _statement["rest"]![0]!["resource"]!.AsArray().FirstOrDefault(line => (string?)line!["type"] == type)?.AsObject();
}
