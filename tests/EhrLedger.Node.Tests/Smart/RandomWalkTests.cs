using System.Globalization;
using EhrLedger.Node.Tests.Harness;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>Random callers with random scopes against a model of who may see what: no answer differs from the model.</summary>
/// <remarks>EHRLEDGER_WALK_REQUESTS says how many requests (100,000 if not), EHRLEDGER_WALK_SEED the first walker's seed.</remarks>
[CancelAfter(1_200_000)]
public sealed class RandomWalkTests
{
    /// <summary>Of both walks together, nearly.</summary>
    public const int UsualRequests = 100_000;

    private const int Walkers = 8;
    private const int Callers = 20;
    private const int Launches = 8;

    private static readonly int[] Kinds = [200, 201, 204, 403, 404, 410, 412];
    private static readonly string[] Roles = ["clinician", "front-desk", "claims", "clinician"];

    [Test]
    public async Task Of_own_records_agrees_with_the_model(CancellationToken cancellationToken)
    {
        var requests = Setting("EHRLEDGER_WALK_REQUESTS", UsualRequests);
        var first = Setting("EHRLEDGER_WALK_SEED", RandomNumberOf());
        using var consortium = await TestConsortium.StartAsync(1);
        var node = consortium.Sequencer;
        using var launcher = await Launcher.BeginAsync(node, Roles.Distinct());
        var walkers = await Task.WhenAll(Enumerable.Range(first, Walkers).Select(async seed =>
        {
            var random = new Random(seed);
            var patients = Enumerable.Range(0, 4).Select(i => $"walk-{seed}-{i}").ToList();
            var walker = new Walker(node, seed);
            await walker.BeginAsync(patients);
            walker.Callers.AddRange(Enumerable.Range(0, Callers).Select(i => (WalkScopes.Make(random), $"caller {i}", (LaunchedApp?)null)));
            for (var i = 0; i < Launches; i++)
            {
                var (role, patient) = (Roles[i % Roles.Length], patients[random.Next(patients.Count)]);
                var scopes = WalkScopes.Launch(random, role, patient);
                walker.Callers.Add((scopes, role, await launcher.LaunchAsync(role, patient, scopes.Text)));
            }

            return walker;
        }));

        // One that goes wrong ends it for all.
        using var wrong = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(walkers.Select(async walker =>
        {
            try
            {
                for (var i = 0; i < requests / Walkers && !wrong.IsCancellationRequested; i++)
                {
                    await walker.StepAsync();
                }
            }
            catch
            {
                await wrong.CancelAsync();
                throw;
            }
        }));
        cancellationToken.ThrowIfCancellationRequested();

        // A short walk goes on until it has come by every kind of answer, or it would show less on one day than on another.
        for (var i = 0; i < UsualRequests && !Kinds.All(kind => walkers.Any(walker => walker.Answers.ContainsKey(kind))); i++)
        {
            await walkers[i % Walkers].StepAsync();
        }

        var answers = walkers.SelectMany(walker => walker.Answers).GroupBy(pair => pair.Key, pair => pair.Value).OrderBy(of => of.Key).ToDictionary(of => of.Key, of => of.Sum());
        TestContext.Out.WriteLine($"Seeds {first} to {first + Walkers - 1}: {string.Join(", ", answers.Select(pair => $"{pair.Key}: {pair.Value}"))}.");
        Assert.That(answers.Keys, Is.SupersetOf(Kinds), "the walk comes by every kind of answer");
    }

    private static int RandomNumberOf() => Random.Shared.Next(1_000_000);

    internal static int Setting(string name, int usual) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
