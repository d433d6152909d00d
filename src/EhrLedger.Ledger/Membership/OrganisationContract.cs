using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Contracts;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Outbox;

namespace EhrLedger.Ledger.Membership;

/// <summary>The rules for entries about organisations: membership, and the batches that authors anchor. Table: docs/contracts.md.</summary>
/// <param name="genesis">Digest of the genesis, which approvals are bound to.</param>
public sealed class OrganisationContract(Digest genesis) : IContract
{
    /// <inheritdoc/>
    public TopicKind Kind => TopicKind.Organisation;

    /// <inheritdoc/>
    public ITopicState? Decode(ReadOnlyMemory<byte> state) => OrganisationState.TryParse(state);

    /// <inheritdoc/>
    public Ed25519PublicKey? SignerOf(ITopicState? state, Entry entry, Members members)
    {
        if (!Ed25519PublicKey.TryFromBytes(entry.Topic.Name.ToArray(), out var name))
        {
            return null;
        }

        if (entry.Type == EntryType.MemberJoined)
        {
            return name;
        }

        if (entry.Type == EntryType.MemberRemoved)
        {
            return MemberRemoved.TryParse(entry.Body) is { } body ? members.SigningKeyOf(body.SignedBy) : null;
        }

        return members.SigningKeyOf(new OrganisationId(name));
    }

    /// <inheritdoc/>
    public Verdict Evaluate(ITopicState? state, Entry entry, Moment moment, Members members)
    {
        var organisation = new OrganisationId(Ed25519PublicKey.FromBytes(entry.Topic.Name.ToArray()));
        var current = (OrganisationState?)state ?? (members.Find(organisation) is { } founder ? OrganisationState.Joined(founder) : null);
        if (entry.Type == EntryType.RecordsAnchored || entry.Type == EntryType.AuthorReads)
        {
            return Anchor(current, entry);
        }

        if (entry.Type == EntryType.MemberJoined)
        {
            return Join(organisation, current, entry, members);
        }

        if (entry.Type == EntryType.MemberUpdated)
        {
            return Update(current, entry, moment, members);
        }

        return entry.Type == EntryType.MemberRemoved ? Remove(current, entry, moment, members) : new Verdict.Rejected(Rejection.UnknownType);
    }

    private static Verdict Anchor(OrganisationState? current, Entry entry)
    {
        if (BatchBody.TryParse(entry.Body) is not { } batch)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (current?.Member is null)
        {
            return Verdict.Reject("member-unknown");
        }

        if (batch.Number != current.NextBatch)
        {
            return Verdict.Reject("batch-number");
        }

        return batch.Previous != current.LastBatch
            ? Verdict.Reject("batch-chain")
            : new Verdict.Accepted(current with { NextBatch = batch.Number + 1, LastBatch = Digest.Of(entry.Body.Span) });
    }

    private Verdict Join(OrganisationId organisation, OrganisationState? current, Entry entry, Members members)
    {
        if (MemberJoined.TryParse(entry.Body) is not { } body || body.Member.Organisation != organisation)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (current?.Member is not null)
        {
            return Verdict.Reject("member-already");
        }

        // A new member starts with the key that its name is, which is also who signed.
        if (body.Member.SigningKey != organisation.Key)
        {
            return Verdict.Reject("member-key");
        }

        if (XWingPublicKey.TryFromBytes(body.Member.SealingKey.Span) is null)
        {
            return Verdict.Reject("member-sealing-key");
        }

        if (!MembershipApproval.Suffice(body.Approvals, members, genesis, MembershipAct.Join, entry.Topic, Digest.Of(body.Member.Encode())))
        {
            return Verdict.Reject("member-approvals");
        }

        // An organisation that comes back goes on with its chain of batches.
        return new Verdict.Accepted(current is null ? OrganisationState.Joined(body.Member) : current with { Member = body.Member });
    }

    private Verdict Update(OrganisationState? current, Entry entry, Moment moment, Members members)
    {
        if (MemberUpdated.TryParse(entry.Body) is not { } body || body.Member.Organisation != current?.Organisation)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (current.Member is null)
        {
            return Verdict.Reject("member-unknown");
        }

        // Others seal to it: one that nothing can be sealed to would stop them.
        if (XWingPublicKey.TryFromBytes(body.Member.SealingKey.Span) is null)
        {
            return Verdict.Reject("member-sealing-key");
        }

        if (body.Member.SigningKey != current.Member.SigningKey
            && !(body.NewKeySignature is { } signature && body.Member.SigningKey.Verifies(MemberUpdated.MessageOf(genesis, entry.Topic, body.Member), signature.Span)))
        {
            return Verdict.Reject("member-new-key-signature");
        }

        // A kind gives rights: nobody takes them by itself that the others would have had to give at admission.
        if (body.Member.Kind != current.Member.Kind
            && !MembershipApproval.Suffice(body.Approvals, members, genesis, MembershipAct.Update, entry.Topic, MemberUpdated.What(moment.Number, body.Member)))
        {
            return Verdict.Reject("member-approvals");
        }

        // Who cosigns is the genesis's to say: a witness that could rename itself could count twice.
        return body.Member.Witness != current.Member.Witness
            ? Verdict.Reject("member-witness")
            : new Verdict.Accepted(current with { Member = body.Member });
    }

    private Verdict Remove(OrganisationState? current, Entry entry, Moment moment, Members members)
    {
        if (MemberRemoved.TryParse(entry.Body) is not { } body)
        {
            return new Verdict.Rejected(Rejection.BadBody);
        }

        if (current?.Member is null)
        {
            return Verdict.Reject("member-unknown");
        }

        if (members.Count == 1)
        {
            return Verdict.Reject("member-last");
        }

        return MembershipApproval.Suffice(body.Approvals, members, genesis, MembershipAct.Remove, entry.Topic, MemberRemoved.What(moment.Number))
            ? new Verdict.Accepted(current with { Member = null })
            : Verdict.Reject("member-approvals");
    }
}
