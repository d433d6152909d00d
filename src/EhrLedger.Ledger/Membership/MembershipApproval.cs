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
    /// <param name="joining">True to take in, false to remove.</param>
    /// <param name="topic">The organisation that it is about.</param>
    /// <param name="what">SHA-256 of the encoded member for joining; of the topic's next number (8 bytes, big-endian) for removal, so that an approval works once.</param>
    public static byte[] MessageOf(Digest genesis, bool joining, Topic topic, Digest what) =>
        [.. "ehrledger/v1/membership\n"u8, joining ? (byte)1 : (byte)3, .. genesis.ToArray(), .. topic.ToArray(), .. what.ToArray()];

    /// <summary>Makes an approval.</summary>
    public static MembershipApproval Sign(OrganisationId organisation, Ed25519PrivateKey key, Digest genesis, bool joining, Topic topic, Digest what) =>
        new(organisation, key.Sign(MessageOf(genesis, joining, topic, what)));

    /// <summary>Whether enough different active members have approved, each with a good signature.</summary>
    internal static bool Suffice(IReadOnlyList<MembershipApproval> approvals, Members members, Digest genesis, bool joining, Topic topic, Digest what)
    {
        var message = MessageOf(genesis, joining, topic, what);
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
