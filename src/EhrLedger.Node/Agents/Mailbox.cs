using System.Text;
using EhrLedger.Crypto.Signing;
using EhrLedger.Messaging.Agents;
using EhrLedger.Node.Fhir.Subscriptions;
using EhrLedger.Node.Storage;

namespace EhrLedger.Node.Agents;

/// <summary>
/// Envelopes for other agents, until they are sent or picked up. The oldest are dropped after thirty days. Endpoints are called only in the networks that subscribers may be in; what is for another place waits to be picked up.
/// </summary>
internal sealed class Mailbox(AgentFile agents, StorageKeys keys, SubscriberNetworks networks, TimeProvider time)
{
    /// <summary>Messages that wait for one key.</summary>
    public const int MostForOne = 1_000;

    /// <summary>Their bytes.</summary>
    public const long MostBytesForOne = 16 << 20;

    /// <summary>Tries to send before a message only waits to be picked up.</summary>
    public const int MostTries = 10;

    private const long MostBytes = 4L << 30;
    private const string Kind = "agent/waiting";
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>Something is to be sent.</summary>
    public Action Arrived { get; set; } = () => { };

    /// <summary>Keeps an envelope, durably.</summary>
    /// <param name="packed">The envelope.</param>
    /// <param name="with">Written in the same transaction where there is room; if it returns false, nothing is kept. Null for nothing.</param>
    /// <returns>False where there is no room.</returns>
    public bool Keep(Packed packed, Func<SqliteSession, bool>? with = null)
    {
        var isSent = Uri.TryCreate(packed.Endpoint, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https" && networks.MayBeNamed(endpoint!);
        var now = time.GetUtcNow();
        var (recipient, bytes) = (NameOf(packed.Recipient), keys.SealColumn(Kind, [.. Encoding.UTF8.GetBytes(packed.Endpoint), (byte)'\n', .. packed.Envelope]));
        var isKept = agents.File.Write(session =>
        {
            session.Execute("DELETE FROM waiting WHERE KeptAt < $1", (now - Lifetime).ToUnixTimeMilliseconds());
            var (count, size) = session.Find("SELECT COUNT(*), COALESCE(SUM(Bytes), 0) FROM waiting WHERE Recipient = $1", row => (row.GetInt64(0), row.GetInt64(1)), recipient);
            if (count >= MostForOne
                || size + bytes.Length > MostBytesForOne
                || session.Find("SELECT COALESCE(SUM(Bytes), 0) FROM waiting", row => row.GetInt64(0)) + bytes.Length > MostBytes
                || with?.Invoke(session) is false)
            {
                return false;
            }

            session.Execute(
                "INSERT INTO waiting (Recipient, Sealed, Bytes, KeptAt, Due, Tries) VALUES ($1, $2, $3, $4, $5, 0)",
                recipient,
                bytes,
                bytes.Length,
                now.ToUnixTimeMilliseconds(),
                isSent ? now.ToUnixTimeMilliseconds() : (long?)null);
            return true;
        });
        if (isKept && isSent)
        {
            Arrived();
        }

        return isKept;
    }

    /// <summary>The oldest that wait for these keys to pick them up.</summary>
    public IReadOnlyList<Waiting> FindFor(IReadOnlyList<Ed25519PublicKey> recipients, int most) =>
        [.. recipients.SelectMany(recipient => agents.File.Read(session => session.Query("SELECT Id, Recipient, Sealed, KeptAt, Tries FROM waiting WHERE Recipient = $1 ORDER BY Id LIMIT $2", Read, NameOf(recipient), most)))
            .Select(Open).OfType<Waiting>().OrderBy(waiting => waiting.Id).Take(most)];

    /// <summary>How many wait, and how large they are.</summary>
    public (int Count, long Bytes) CountFor(IReadOnlyList<Ed25519PublicKey> recipients)
    {
        var counts = recipients.Select(recipient => agents.File.Read(session => session.Find(
            "SELECT COUNT(*), COALESCE(SUM(Bytes), 0) FROM waiting WHERE Recipient = $1", row => (Count: row.GetInt64(0), Bytes: row.GetInt64(1)), NameOf(recipient)))).ToList();
        return ((int)counts.Sum(count => count.Count), counts.Sum(count => count.Bytes));
    }

    /// <summary>Drops what its recipient has.</summary>
    public void Remove(IReadOnlyList<Ed25519PublicKey> recipients, IReadOnlyList<long> ids) => agents.File.Write(session =>
    {
        foreach (var recipient in recipients)
        {
            foreach (var id in ids)
            {
                session.Execute("DELETE FROM waiting WHERE Id = $1 AND Recipient = $2", id, NameOf(recipient));
            }
        }
    });

    /// <summary>The oldest for each recipient that are to be sent now.</summary>
    public IReadOnlyList<Waiting> FindDue(int most) => [.. agents.File
        .Read(session => session.Query(
            "SELECT MIN(Id), Recipient, Sealed, KeptAt, Tries FROM waiting WHERE Due <= $1 GROUP BY Recipient ORDER BY Due LIMIT $2", Read, time.GetUtcNow().ToUnixTimeMilliseconds(), most))
        .Select(Open)
        .OfType<Waiting>()];

    /// <summary>It has arrived.</summary>
    public void Sent(Waiting waiting) => agents.File.Write(session => session.Execute("DELETE FROM waiting WHERE Id = $1", waiting.Id));

    /// <summary>It has not: everything for this recipient waits three times as long as before.</summary>
    public void Failed(Waiting waiting)
    {
        var pause = TimeSpan.FromSeconds(Math.Min(Math.Pow(3, waiting.Tries), LongestPause.TotalSeconds));
        long? due = waiting.Tries + 1 >= MostTries ? null : (time.GetUtcNow() + pause).ToUnixTimeMilliseconds();
        agents.File.Write(session =>
        {
            session.Execute("UPDATE waiting SET Tries = Tries + 1 WHERE Id = $1", waiting.Id);
            session.Execute("UPDATE waiting SET Due = $1 WHERE Recipient = $2 AND Due IS NOT NULL", due, waiting.Recipient);
        });
    }

    private static (long Id, byte[] Recipient, byte[] Sealed, long KeptAt, long Tries) Read(SqliteRow row) => (row.GetInt64(0), row.GetBytes(1), row.GetBytes(2), row.GetInt64(3), row.GetInt64(4));

    private Waiting? Open((long Id, byte[] Recipient, byte[] Sealed, long KeptAt, long Tries) row) =>
        keys.OpenColumn(Kind, row.Sealed) is { } bytes && bytes.AsSpan().IndexOf((byte)'\n') is var end and >= 0
            ? new Waiting(row.Id, row.Recipient, Encoding.UTF8.GetString(bytes.AsSpan(0, end)), bytes[(end + 1)..], DateTimeOffset.FromUnixTimeMilliseconds(row.KeptAt), row.Tries)
            : null;

    private byte[] NameOf(Ed25519PublicKey key) => keys.LookupKey("agent/recipient", key.ToDidKey());
}

/// <summary>An envelope that waits.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Recipient">HMAC of its recipient's key.</param>
/// <param name="Endpoint">Where it goes.</param>
/// <param name="Envelope">JSON in UTF-8.</param>
/// <param name="KeptAt">Since when.</param>
/// <param name="Tries">How often it could not be sent.</param>
internal sealed record Waiting(long Id, byte[] Recipient, string Endpoint, byte[] Envelope, DateTimeOffset KeptAt, long Tries);
