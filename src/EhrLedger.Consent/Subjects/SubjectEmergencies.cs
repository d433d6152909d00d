using System.Collections.Immutable;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Crypto.Cbor;

namespace EhrLedger.Consent.Subjects;

/// <summary>What a subject's state has of emergencies: docs/formats.md, subject-emergencies. Immutable.</summary>
/// <param name="LastNumber">Number of the last policy that was set, or switched off; 0 before the first.</param>
/// <param name="Rule">The policy in force; null for none.</param>
/// <param name="Undisputed">Emergencies that were declared and may still be disputed, the oldest first; the newest 64.</param>
public sealed record SubjectEmergencies(uint LastNumber, EmergencyRule? Rule, ImmutableArray<GrantId> Undisputed)
{
    /// <summary>Of a subject that never had a policy.</summary>
    public static SubjectEmergencies None { get; } = new(0, null, []);

    internal SubjectEmergencies WithDeclared(GrantId grant) =>
        this with { Undisputed = (Undisputed.Length < SubjectState.MostDeclared ? Undisputed : Undisputed.RemoveAt(0)).Add(grant) };

    internal void Write(DeterministicCborWriter writer)
    {
        writer.WriteArray(3).WriteUInt(LastNumber);
        if (Rule is null)
        {
            writer.WriteNull();
        }
        else
        {
            Rule.Write(writer);
        }

        writer.WriteAll(Undisputed, (items, id) => items.WriteGrantId(id));
    }

    internal static SubjectEmergencies Read(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var number = reader.ReadUInt32();
        reader.Require(number > 0);
        var emergencies = new SubjectEmergencies(
            number, reader.TryReadNull() ? null : EmergencyRule.Read(reader), [.. reader.ReadArray(0, SubjectState.MostDeclared, item => item.ReadGrantId())]);
        reader.ReadEndArray();
        return emergencies;
    }
}
