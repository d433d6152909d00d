using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;

namespace EhrLedger.Node.Storage.Records;

/// <summary>What is kept of a patient, sealed in one column: the link from the hospital's own id to the subjects, and the values that the patient is found by.</summary>
/// <param name="Id">FHIR logical id of the Patient resource.</param>
/// <param name="Uid">32 hexadecimal digits, random: names the patient's secrets in the vault.</param>
/// <param name="Provisional">True until a wallet has taken over.</param>
/// <param name="Subjects">One for each category that was written so far; all of them once a wallet has taken over.</param>
/// <param name="Former">Provisional subjects whose records are being sealed anew; empty otherwise.</param>
/// <param name="Identity">Search tokens of the Patient resource: identifier, name, birth date, gender, telecom, address.</param>
internal sealed record PatientState(string Id, string Uid, bool Provisional, IReadOnlyList<PatientState.KnownSubject> Subjects, IReadOnlyList<PatientState.KnownSubject> Former, IReadOnlyList<string> Identity)
{
    public byte[] Encode()
    {
        var writer = new DeterministicCborWriter(1024).WriteArray(6).WriteText(Id).WriteText(Uid).WriteBool(Provisional);
        foreach (var subjects in (IReadOnlyList<KnownSubject>[])[Subjects, Former])
        {
            writer.WriteArray(subjects.Count);
            foreach (var subject in subjects)
            {
                writer.WriteArray(3).WriteUInt((ulong)subject.Category).WriteBytes(subject.Subject.Key.ToArray()).WriteUInt(subject.Epoch);
            }
        }

        writer.WriteArray(Identity.Count);
        foreach (var token in Identity)
        {
            writer.WriteText(token);
        }

        return writer.ToArray();
    }

    public static PatientState? TryParse(ReadOnlyMemory<byte> bytes) => CborReading.TryRead(bytes, reader =>
    {
        reader.ReadStartArray(6);
        var state = new PatientState(
            reader.ReadText(100),
            reader.ReadText(32),
            reader.ReadBool(),
            reader.ReadArray(0, 64, ReadSubject),
            reader.ReadArray(0, 64, ReadSubject),
            reader.ReadArray(0, 1 << 16, item => item.ReadText(16 << 20)));
        reader.ReadEndArray();
        return state;
    });

    private static KnownSubject ReadSubject(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var category = (Category)reader.ReadByte();
        reader.Require(Ed25519PublicKey.TryFromBytes(reader.ReadBytes(Ed25519PublicKey.Length).Span, out var key));
        var state = new KnownSubject(category, new SubjectId(key), reader.ReadUInt32());
        reader.ReadEndArray();
        return state;
    }

    /// <summary>A subject of the patient.</summary>
    /// <param name="Category">What it covers.</param>
    /// <param name="Subject">Its name.</param>
    /// <param name="Epoch">What the author seals under now.</param>
    internal sealed record KnownSubject(Category Category, SubjectId Subject, uint Epoch);
}
