using EhrLedger.Cli.Shell;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Entries;
using EhrLedger.MerkleLog.Auditing;

namespace EhrLedger.Cli.Audits;

/// <summary>
/// How far an audit came, in a file: <c>[ 1, genesis: digest, state: bytes, time: millis, unfollowed-from: uint / null, [* [ topic: bytes .size 33, next: uint ]] ]</c>, deterministic CBOR,
/// topics ascending. Whoever can write the file can make the next audit skip entries: it is worth as much as the folder that it lies in.
/// </summary>
/// <param name="Genesis">The consortium whose log it was.</param>
/// <param name="State">The entries that are checked.</param>
/// <param name="Rules">The topics up to there.</param>
internal sealed record AuditFile(Digest Genesis, AuditState State, EntryRules Rules)
{
    private const uint Version = 1;
    private const long LargestFile = 128 << 20;

    // A size and at most 63 peaks.
    private const int LargestState = 8 + (63 * Digest.Length);

    /// <summary>An audit from the first entry on.</summary>
    public static AuditFile Start(Digest genesis) => new(genesis, AuditState.Start, new EntryRules());

    /// <summary>Reads what an earlier audit left; starts anew where there is no such file.</summary>
    /// <exception cref="CommandException">It can't be read, or is of another consortium's log.</exception>
    public static AuditFile Read(string path, Digest genesis)
    {
        if (!File.Exists(path))
        {
            return Start(genesis);
        }

        var saved = TryParse(LocalFile.Read(path, LargestFile)) ?? throw new CommandException(ExitCode.Usage, $"{path} is no state of an audit.");
        return saved.Genesis == genesis ? saved : throw new CommandException(ExitCode.Usage, $"{path} is of another consortium's log, with the genesis {saved.Genesis}.");
    }

    /// <summary>The bytes to save.</summary>
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(256 + (Rules.NextNumbers.Count * 48))
            .WriteArray(6)
            .WriteUInt(Version)
            .WriteDigest(Genesis)
            .WriteBytes(State.Encode())
            .WriteUInt(Rules.LastTime);
        _ = Rules.UnfollowedFrom is { } from ? writer.WriteUInt(from) : writer.WriteNull();
        writer.WriteArray(Rules.NextNumbers.Count);
        foreach (var (topic, next) in Rules.NextNumbers.OrderBy(pair => pair.Key.Kind).ThenBy(pair => pair.Key.Name))
        {
            writer.WriteArray(2).WriteBytes(topic.ToArray()).WriteUInt(next);
        }

        return writer.ToArray();
    }

    /// <summary>Null unless the bytes are exactly what <see cref="Encode"/> writes for some state.</summary>
    public static AuditFile? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(6);
        reader.Require(reader.ReadUInt() == Version);
        var genesis = reader.ReadDigest();
        var state = reader.Require(AuditState.Parse(reader.ReadBytes(0, LargestState).Span));
        var time = reader.ReadUInt(long.MaxValue);
        ulong? from = reader.TryReadNull() ? null : reader.ReadUInt(long.MaxValue);
        Topic? last = null;
        var topics = reader.ReadArray(0, EntryRules.UsualLimit, item =>
        {
            item.ReadStartArray(2);
            var topic = item.Require(Topic.TryFromBytes(item.ReadBytes(Topic.Length).Span));
            item.Require(last is not { } before || before.Kind < topic.Kind || (before.Kind == topic.Kind && before.Name < topic.Name));
            last = topic;
            var next = item.ReadUInt(long.MaxValue);
            item.ReadEndArray();
            item.Require(next > 0);
            return KeyValuePair.Create(topic, next);
        });
        reader.ReadEndArray();
        return new AuditFile(genesis, state, EntryRules.Resume(topics, time, from));
    });
}
