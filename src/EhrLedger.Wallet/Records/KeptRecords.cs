using System.Security.Cryptography;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Wallet.State;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Records;

/// <summary>What this device has opened before, to be shown while no member can be reached.</summary>
/// <param name="Records">As they were.</param>
/// <param name="AsOf">When they were read; null if no log was seen then.</param>
public sealed record KeptRecords(IReadOnlyList<OwnRecord> Records, DateTimeOffset? AsOf);

/// <summary>Keeps opened records in the wallet's vault, encrypted like all that the device stores: docs/formats.md, wallet-sealed. It is this device's alone, and goes into no directory.</summary>
internal sealed class RecordKeeper(WalletSession session)
{
    private const byte Version = 1;
    private const int MostRecords = 100_000;
    private const int LargestRecord = 32 << 20;

    /// <summary>Null if nothing was read before.</summary>
    public async Task<KeptRecords?> FindAsync(uint relationship, Category category, CancellationToken cancellationToken) =>
        await session.Vault.ReadAsync(NameOf(session.KeysOf(relationship, category).Subject), cancellationToken).ConfigureAwait(false) is { } bytes ? TryParse(bytes, category) : null;

    /// <summary>Replaces what was kept. A reading that found less than was kept, because somebody did not answer, takes nothing away.</summary>
    public async Task KeepAsync(SubjectView view, KeptRecords? before, OwnRecords read, CancellationToken cancellationToken)
    {
        var kept = read.Complete || before is null ? read.Records : [.. before.Records.Where(old => !read.Erased.Contains(old.Version) && read.Records.All(record => record.Version != old.Version)), .. read.Records];
        if (before is null && kept.Count == 0)
        {
            return;
        }

        var bytes = Encode(new KeptRecords(kept, session.Log.Newest?.CosignedAt));
        await session.Vault.WriteAsync(NameOf(view.Keys.Subject), bytes, cancellationToken).ConfigureAwait(false);
        CryptographicOperations.ZeroMemory(bytes);
    }

    internal static byte[] Encode(KeptRecords kept)
    {
        var writer = new DeterministicCborWriter(4_096).WriteArray(3).WriteUInt(Version);
        Write(writer, kept.AsOf);
        writer.WriteAll(kept.Records, (items, record) =>
        {
            items.WriteArray(10).WriteBytes(record.Version.Record.ToArray()).WriteUInt(record.Version.Version).WriteBytes(record.Author.Key.ToArray()).WriteUInt(record.Number).WriteBool(record.Current);
            Write(items, record.SealedAt);
            Write(items, record.AnchoredAt);
            items.WriteText(record.ContentType).WriteDigest(record.Ciphertext).WriteBytes(record.Content.Span);
        });
        return writer.ToArray();
    }

    internal static KeptRecords? TryParse(ReadOnlyMemory<byte> bytes, Category category) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        reader.Require(reader.ReadByte() == Version);
        var asOf = ReadTime(reader);
        var records = reader.ReadArray(0, MostRecords, item =>
        {
            item.ReadStartArray(10);
            var version = new RecordVersion(RecordId.FromBytes(item.ReadBytes(RecordId.Length).Span), item.ReadUInt32());
            var author = item.ReadOrganisation();
            var (number, current, sealedAt, anchoredAt, type) = (item.ReadUInt(), item.ReadBool(), ReadTime(item) ?? DateTimeOffset.UnixEpoch, ReadTime(item), item.ReadText(200));
            var ciphertext = item.ReadDigest();
            var record = new OwnRecord(version, category, author, number, current, sealedAt, anchoredAt, type, item.ReadBytes(0, LargestRecord).ToArray()) { Ciphertext = ciphertext };
            item.ReadEndArray();
            return record;
        });
        reader.ReadEndArray();
        return new KeptRecords(records, asOf);
    });

    private static void Write(DeterministicCborWriter writer, DateTimeOffset? time) =>
        _ = time is { } known ? writer.WriteUInt((ulong)Math.Max(known.ToUnixTimeMilliseconds(), 0)) : writer.WriteNull();

    private static DateTimeOffset? ReadTime(StrictCborReader reader) =>
        reader.TryReadNull() ? null : DateTimeOffset.FromUnixTimeMilliseconds((long)reader.ReadUInt(253_402_300_799_999));

    private string NameOf(SubjectId subject) => session.Vault.NameOfRecords(subject.Topic);
}
