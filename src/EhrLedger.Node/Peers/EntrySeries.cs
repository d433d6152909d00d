using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Sequencing;

namespace EhrLedger.Node.Peers;

/// <summary>Entries that are submitted together, and the answer to them: docs/http.md.</summary>
internal static class EntrySeries
{
    /// <summary>Longest body: 64 entries, each in at most 5 bytes of framing.</summary>
    public const int LargestSize = (ISubmitter.LongestSeries * (Entry.LargestSize + 5)) + 2;

    /// <summary>An array of byte strings.</summary>
    public static byte[] Encode(IReadOnlyList<ReadOnlyMemory<byte>> entries)
    {
        var writer = new DeterministicCborWriter(4096).WriteArray(entries.Count);
        foreach (var entry in entries)
        {
            writer.WriteBytes(entry.Span);
        }

        return writer.ToArray();
    }

    /// <summary>Null unless the bytes are 1 to 64 entries' bytes in their only encoding.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>>? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader => (IReadOnlyList<ReadOnlyMemory<byte>>)reader.ReadArray(1, ISubmitter.LongestSeries, item => item.ReadBytes(1, Entry.LargestSize)));

    /// <summary><c>[ [ [ index, time ], … ], code of the first that was refused: text / null ]</c>. What could not be written is in neither.</summary>
    public static byte[] EncodeAnswer(IReadOnlyList<SubmitOutcome> outcomes)
    {
        var logged = outcomes.TakeWhile(outcome => outcome is SubmitOutcome.Logged).Cast<SubmitOutcome.Logged>().ToList();
        var writer = new DeterministicCborWriter(1024).WriteArray(2).WriteArray(logged.Count);
        foreach (var one in logged)
        {
            writer.WriteArray(2).WriteUInt(one.Index).WriteUInt(one.Time);
        }

        return (logged.Count < outcomes.Count && outcomes[logged.Count] is SubmitOutcome.Refused(var reason) ? writer.WriteText(reason.Code) : writer.WriteNull()).ToArray();
    }

    /// <summary>Null unless the bytes are an answer to so many entries in its only encoding.</summary>
    public static IReadOnlyList<SubmitOutcome>? TryParseAnswer(ReadOnlyMemory<byte> bytes, int entries) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(2);
        var outcomes = new List<SubmitOutcome>(reader.ReadArray(0, entries, item =>
        {
            item.ReadStartArray(2);
            var logged = new SubmitOutcome.Logged(item.ReadUInt(long.MaxValue), item.ReadUInt(long.MaxValue), CommitLevel.Durable);
            item.ReadEndArray();
            return logged;
        }));
        if (!reader.TryReadNull())
        {
            var code = reader.ReadText(RejectionCode.Longest);
            reader.Require(outcomes.Count < entries && RejectionCode.IsOne(code));
            outcomes.Add(new SubmitOutcome.Refused(new Rejection(code)));
        }

        reader.ReadEndArray();
        return (IReadOnlyList<SubmitOutcome>)outcomes;
    });
}
