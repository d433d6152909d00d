using System.Collections.Immutable;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Erasing;

/// <summary>An erasure that organisations answer to.</summary>
/// <param name="Commitment">Names it.</param>
/// <param name="Index">Of its Erased entry.</param>
/// <param name="Answers">The last answer of each organisation that has given one.</param>
public sealed record OpenErasure(Digest Commitment, ulong Index, ImmutableSortedDictionary<OrganisationId, ErasureAnswer> Answers)
{
    /// <summary>The order in which the answers stand: that of the organisations' keys.</summary>
    internal static readonly IComparer<OrganisationId> Order = Comparer<OrganisationId>.Create((one, other) => one.Key.CompareTo(other.Key));

    /// <summary>The last answer of an organisation; null where it has given none.</summary>
    public ErasureAnswer? AnswerOf(OrganisationId organisation) => Answers.TryGetValue(organisation, out var answer) ? answer : null;

    internal static OpenErasure Begun(Digest commitment, ulong index) => new(commitment, index, ImmutableSortedDictionary.Create<OrganisationId, ErasureAnswer>(Order));

    internal void Write(DeterministicCborWriter writer) => writer
        .WriteArray(3)
        .WriteDigest(Commitment)
        .WriteUInt(Index)
        .WriteAll(Answers, (items, answer) => items.WriteArray(2).WriteOrganisation(answer.Key).WriteUInt((ulong)answer.Value));

    internal static OpenErasure Read(StrictCborReader reader)
    {
        reader.ReadStartArray(3);
        var commitment = reader.ReadDigest();
        var index = reader.ReadUInt();
        var answers = reader.ReadArray(0, int.MaxValue, item =>
        {
            item.ReadStartArray(2);
            var answer = (Organisation: item.ReadOrganisation(), Answer: (ErasureAnswer)item.ReadByte());
            item.ReadEndArray();
            item.Require(Enum.IsDefined(answer.Answer));
            return answer;
        });
        reader.ReadEndArray();
        for (var i = 1; i < answers.Length; i++)
        {
            reader.Require(Order.Compare(answers[i - 1].Organisation, answers[i].Organisation) < 0);
        }

        return new OpenErasure(commitment, index, answers.ToImmutableSortedDictionary(answer => answer.Organisation, answer => answer.Answer, Order));
    }
}
