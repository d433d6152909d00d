using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;

namespace EhrLedger.Ledger.Membership;

/// <summary>A member's word for taking another one in, or for removing it. Not verified by being here.</summary>
/// <param name="Organisation">Who approves.</param>
/// <param name="Signature">64 bytes over <see cref="MessageOf"/>.</param>
public sealed record MembershipApproval(OrganisationId Organisation, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The signed bytes: a text that no other signature begins with, the consortium, and what is approved.</summary>
    /// <param name="genesis">Digest of the genesis.</param>
    /// <param name="act">What is to be done.</param>
    /// <param name="topic">The organisation that it is about.</param>
    /// <param name="what">
    /// SHA-256 of the encoded member for joining; of the topic's next number (8 bytes, big-endian) for removal, and of that and the encoded member for an update, so that an approval works once.
    /// </param>
    public static byte[] MessageOf(Digest genesis, MembershipAct act, Topic topic, Digest what) =>
        [.. "ehrledger/v1/membership\n"u8, (byte)act, .. genesis.ToArray(), .. topic.ToArray(), .. what.ToArray()];

    /// <summary>Makes an approval.</summary>
    public static MembershipApproval Sign(OrganisationId organisation, Ed25519PrivateKey key, Digest genesis, MembershipAct act, Topic topic, Digest what) =>
        new(organisation, key.Sign(MessageOf(genesis, act, topic, what)));

    /// <summary>Whether enough different active members have approved, each with a good signature.</summary>
    internal static bool Suffice(IReadOnlyList<MembershipApproval> approvals, Members members, Digest genesis, MembershipAct act, Topic topic, Digest what)
    {
        var message = MessageOf(genesis, act, topic, what);
        var good = new HashSet<OrganisationId>();
        foreach (var approval in approvals)
        {
            if (members.SigningKeyOf(approval.Organisation) is { } key && key.Verifies(message, approval.Signature.Span))
            {
                good.Add(approval.Organisation);
            }
        }

        return good.Count >= members.ApprovalsNeeded;
    }
}

/// <summary>What members approve. The byte stands in what they sign.</summary>
public enum MembershipAct : byte
{
    /// <summary>An organisation is taken in.</summary>
    Join = 1,

    /// <summary>A member becomes another kind of organisation.</summary>
    Update = 2,

    /// <summary>A member is removed.</summary>
    Remove = 3,
}
