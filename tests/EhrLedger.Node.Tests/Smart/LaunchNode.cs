using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>One organisation alone with a clinician, li, shared by tests of launches; it starts for the first that asks. Each brings applications and patients of its own, so that they may run at once.</summary>
[SetUpFixture]
public sealed class LaunchNode
{
    public const string Password = "correct horse battery";
    private static readonly Lazy<Task<TestConsortium>> Consortium = new(FoundAsync);

    internal static Task<TestConsortium> StartAsync() => Consortium.Value;

    [OneTimeTearDown]
    public static void Stop()
    {
        if (Consortium is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            Consortium.Value.Result.Dispose();
        }
    }

    private static async Task<TestConsortium> FoundAsync()
    {
        var consortium = await TestConsortium.StartAsync(1);
        await consortium.Sequencer.AddUserAsync("li", "clinician", Password);
        return consortium;
    }
}
