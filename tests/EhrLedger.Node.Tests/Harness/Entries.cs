using System.Net;
using System.Security.Cryptography;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Node.Peers;

namespace EhrLedger.Node.Tests.Harness;

/// <summary>Entries as wallets and authors make them, and their way to a node.</summary>
internal static class Entries
{
    /// <summary>A new patient's pseudonym appears on the ledger: an entry that depends on no other.</summary>
    public static Entry OpenSubject(TestConsortium consortium, DateTimeOffset? validUntil = null, Digest? genesis = null)
    {
        using var key = Ed25519PrivateKey.Generate();
        var body = new DeterministicCborWriter(96)
            .WriteArray(3)
            .WriteBytes(consortium.Sequencer.Organisation.Key.ToArray())
            .WriteUInt(0)
            .WriteDigest(Digest.Of(RandomNumberGenerator.GetBytes(16)))
            .ToArray();
        return Entry.Sign(
            ConsentEntryTypes.SubjectOpened,
            new Topic(TopicKind.Subject, Digest.FromBytes(key.Public.ToArray())),
            body,
            validUntil ?? DateTimeOffset.UtcNow + Entry.UsualValidity,
            key,
            genesis ?? consortium.Genesis.Digest);
    }

    /// <summary>Posts an entry. The answer is null for anything but 200.</summary>
    public static async Task<(HttpStatusCode Status, SubmitAnswer? Answer, string Text)> SubmitAsync(this TestNode node, ReadOnlyMemory<byte> entry, string level = "final")
    {
        using var content = new ReadOnlyMemoryContent(entry);
        using var response = await node.Client.PostAsync($"/ledger/entries?level={level}", content);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        return (response.StatusCode, response.StatusCode == HttpStatusCode.OK ? SubmitAnswer.TryParse(bytes) : null, System.Text.Encoding.UTF8.GetString(bytes));
    }

    /// <summary>The entries of a node's log in order.</summary>
    public static async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ReadLogAsync(this TestNode node, ulong size, ulong first = 0)
    {
        var entries = new List<ReadOnlyMemory<byte>>();
        while (first + (ulong)entries.Count < size)
        {
            var bytes = await node.Client.GetByteArrayAsync($"/ledger/leaves?first={first + (ulong)entries.Count}&count=512");
            var leaves = CborReading.TryRead(bytes, reader => reader.ReadArray(1, 512, item => item.ReadBytes(0, 65_535)));
            entries.AddRange(leaves!.Select(leaf => Leaf.TryParse(leaf)!.Entry));
        }

        return entries;
    }
}
