using System.Globalization;
using System.Security.Cryptography;
using EhrLedger.Benchmarks.Http;
using EhrLedger.Benchmarks.Running;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Benchmarks.Three;

/// <summary>Three nodes: how long an entry that is handed to a follower takes until a quorum has executed and cosigned it, and what a grantee waits for.</summary>
internal static class ThreeBenchmark
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(8);

    private static int _notReached;

    /// <param name="flags"><c>--part=final</c> or <c>--part=grantee</c> leaves out the other, to look at one closely; then nothing is kept.</param>
    public static async Task<Section> RunAsync(IReadOnlyList<string> flags)
    {
        var section = new Section("three", "Three nodes: time to final, and a grantee's search and read", "p50 of the time to final at most 15 ms, p99 at most 60 ms on loopback.")
        {
            IsPartial = flags.Any(flag => flag.StartsWith("--part=", StringComparison.Ordinal)),
        };
        var trio = await Trio.StartAsync().ConfigureAwait(false);
        await using (trio.ConfigureAwait(false))
        {
            if (!flags.Contains("--part=grantee"))
            {
                await TimeToFinalAsync(section, trio).ConfigureAwait(false);
            }

            if (!flags.Contains("--part=final"))
            {
                await GranteeBenchmark.RunAsync(section, trio).ConfigureAwait(false);
            }
        }

        return section;
    }

    private static async Task TimeToFinalAsync(Section section, Trio trio)
    {
        using var client = new HttpClient { BaseAddress = trio.Nodes[1].Address, Timeout = TimeSpan.FromSeconds(30) };
        section.Table("level, through a follower", "clients", "entries /s", "p50 ms", "p99 ms", "CPU ms per entry, all three nodes", "not there when the node gave up after 10 s");
        await Load.RunAsync(4, TimeSpan.FromSeconds(4), _ => SubmitAsync(client, trio, "final")).ConfigureAwait(false);
        foreach (var (level, clients) in ((string, int)[])[("durable", 1), ("final", 1), ("final", 8), ("final", 32)])
        {
            await MeasureAsync(section, client, trio, level, clients).ConfigureAwait(false);
        }

        await LowerBound.PrintAsync(section, trio).ConfigureAwait(false);
    }

    private static async Task MeasureAsync(Section section, HttpClient client, Trio trio, string level, int clients)
    {
        var before = trio.Nodes.Sum(node => node.Used.TotalMilliseconds);
        _notReached = 0;
        var load = await Load.RunAsync(clients, Length, _ => SubmitAsync(client, trio, level)).ConfigureAwait(false);
        var used = trio.Nodes.Sum(node => node.Used.TotalMilliseconds) - before;
        section.Row(
            level,
            clients.ToString(CultureInfo.InvariantCulture),
            load.PerSecond.ToString("N0", CultureInfo.InvariantCulture),
            load.Percentile(0.5).ToString("0.0", CultureInfo.InvariantCulture),
            load.Percentile(0.99).ToString("0.0", CultureInfo.InvariantCulture),
            (used / load.Milliseconds.Count).ToString("0.0", CultureInfo.InvariantCulture),
            _notReached.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A new subject: an entry that needs nothing before it. Making and signing it is in the time.</summary>
    private static async Task SubmitAsync(HttpClient client, Trio trio, string level)
    {
        using var key = Ed25519PrivateKey.Generate();
        var entry = new ConsentEntries(new SubjectId(key.Public), key, trio.Genesis.Digest)
            .Open(new SubjectOpened(trio.Members[1], 0, Digest.FromBytes(RandomNumberGenerator.GetBytes(Digest.Length))), DateTimeOffset.UtcNow + Entry.UsualValidity);
        using var body = new ByteArrayContent(entry.SignedBytes.ToArray());
        body.Headers.ContentType = new("application/cbor");
        using var answer = await client.PostAsync(new Uri($"ledger/entries?level={level}", UriKind.Relative), body).ConfigureAwait(false);
        var bytes = await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false);

        // [ index, time, level 1..3, note ]: what was asked for is what is measured.
        var wanted = level == "final" ? 3UL : 2UL;
        var reached = answer.IsSuccessStatusCode ? EhrLedger.Crypto.Cbor.CborReading.TryRead(bytes, reader =>
        {
            reader.ReadStartArray(4);
            reader.ReadUInt();
            reader.ReadUInt();
            var result = reader.ReadUInt();
            reader.ReadItem();
            reader.ReadEndArray();
            return result;
        }, out ulong number) ? number : 0 : 0;
        if (reached > 0 && reached < wanted)
        {
            Interlocked.Increment(ref _notReached);
        }
        else if (reached == 0)
        {
            throw new InvalidOperationException($"{(int)answer.StatusCode}, level {reached}: {System.Text.Encoding.UTF8.GetString(bytes)}");
        }
    }
}
