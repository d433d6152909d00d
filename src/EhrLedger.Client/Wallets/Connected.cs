using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Client.Wallets;

/// <summary>An organisation's answer to a <see cref="Connection"/>: docs/http.md, connected.</summary>
/// <param name="Patient">The organisation's own FHIR reference of the patient; at most 200 bytes.</param>
/// <param name="Total">How many records are being sealed anew.</param>
/// <param name="Provisional">The subjects that stood for the patient until now. At most 64.</param>
public sealed record Connected(string Patient, ulong Total, IReadOnlyList<ProvisionalSubject> Provisional)
{
    /// <summary>Canonical bytes.</summary>
    public byte[] Encode() => new DeterministicCborWriter(1024)
        .WriteArray(3)
        .WriteText(Patient)
        .WriteUInt(Total)
        .WriteAll(Provisional, (writer, old) => writer
            .WriteArray(2)
            .WriteSubject(old.Subject)
            .WriteAll(old.Rows, (rows, row) => rows.WriteBytes(row.Encode())))
        .ToArray();

    /// <summary>Null unless the bytes are this answer in its only encoding, each row about its subject.</summary>
    public static Connected? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(3);
        var connected = new Connected(reader.ReadText(200), reader.ReadUInt(), reader.ReadArray(0, 64, item =>
        {
            item.ReadStartArray(2);
            var subject = item.ReadSubject();
            var rows = item.ReadArray(0, 1_000_000, row => row.Require(WriteRow.TryParse(row.ReadBytes(0, WriteRow.LargestSize))));
            item.ReadEndArray();
            item.Require(Array.TrueForAll(rows, row => row.Subject == subject));
            return new ProvisionalSubject(subject, rows);
        }));
        reader.ReadEndArray();
        return connected;
    });
}

/// <summary>A subject that the organisation made while the patient had no wallet. Its seed is destroyed.</summary>
/// <param name="Subject">Its name.</param>
/// <param name="Rows">What was written under it.</param>
public sealed record ProvisionalSubject(SubjectId Subject, IReadOnlyList<WriteRow> Rows);
