using System.Security.Cryptography;
using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.State;

namespace EhrLedger.Wallet.Connecting;

/// <summary>
/// Connects the wallet to an organisation: hands it one subject for each category, with a one-time code. The relationship is in the state before the organisation hears of it, so that a subject is never
/// used twice, and an answer that got lost is asked for again.
/// </summary>
internal sealed class Connector(WalletSession session)
{
    public async Task<ConnectOutcome> ConnectAsync(OrganisationId organisation, string code, CancellationToken cancellationToken)
    {
        if (session.Nodes.Find(organisation) is null)
        {
            await session.Membership.RefreshAsync(organisation, cancellationToken).ConfigureAwait(false);
        }

        if (session.Nodes.Find(organisation) is not { } node)
        {
            return new ConnectOutcome.OrganisationUnknown();
        }

        var tie = session.State.Relationships.Find(other => other.Organisation == organisation && other.Status == RelationshipStatus.Refused) is { } refused
            ? refused with { Status = RelationshipStatus.Waiting }
            : Relationship.Start(session.State.NextRelationship, organisation);
        await session.SaveAsync(session.State.With(tie), cancellationToken).ConfigureAwait(false);
        var message = Write(tie, code);
        var answer = await node.Wallet.ConnectAsync(message, cancellationToken).ConfigureAwait(false);
        CryptographicOperations.ZeroMemory(message);
        session.Log.Note(node, answer);
        switch (answer)
        {
            case Answer<Connected>.Given(var connected):
                tie = tie with
                {
                    Status = RelationshipStatus.Connected,
                    Patient = connected.Patient,
                    Total = connected.Total,
                    Provisional = [.. connected.Provisional.Select(old => new Provisional(old.Subject, (ulong)old.Rows.Count))],
                };
                await session.SaveAsync(session.State.With(tie), cancellationToken).ConfigureAwait(false);
                return new ConnectOutcome.Connected(tie.Index, connected.Patient, connected.Total, connected.Provisional);
            case Answer<Connected>.Refused:
                await DropAsync(tie, cancellationToken).ConfigureAwait(false);
                return new ConnectOutcome.CodeUnknown();
            case Answer<Connected>.Unavailable(var why):
                return new ConnectOutcome.Waiting(why);
            default:
                return new ConnectOutcome.Waiting("the organisation answered what can't be read");
        }
    }

    /// <summary>Finds out what became of a connection whose answer was lost.</summary>
    /// <returns>True once it is known.</returns>
    public async Task<bool> ResumeAsync(Relationship tie, CancellationToken cancellationToken)
    {
        switch (await AskEpochAsync(tie.Index, tie.Organisation, Category.Demographics, cancellationToken).ConfigureAwait(false))
        {
            case Answer<AuthorEpoch>.Given:
                await session.SaveAsync(session.State.With(tie with { Status = RelationshipStatus.Connected }), cancellationToken).ConfigureAwait(false);
                return true;
            case Answer<AuthorEpoch>.Refused:
                await DropAsync(tie, cancellationToken).ConfigureAwait(false);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Asks an organisation whether it seals for a subject of this wallet, and under which epoch.</summary>
    public async Task<Answer<AuthorEpoch>> AskEpochAsync(uint relationship, OrganisationId organisation, Category category, CancellationToken cancellationToken)
    {
        if (session.Nodes.Find(organisation) is not { } node)
        {
            return new Answer<AuthorEpoch>.Unavailable("not a member that is known here");
        }

        var keys = session.KeysOf(relationship, category);
        var answer = await node.Wallet.ReadAuthorEpochAsync(
            session.Request(organisation, keys, SubjectRequestKind.AuthorEpoch), keys.Identity, cancellationToken).ConfigureAwait(false);
        session.Log.Note(node, answer);
        return answer;
    }

    private Task DropAsync(Relationship tie, CancellationToken cancellationToken) =>
        session.SaveAsync(session.State.With(tie with { Status = RelationshipStatus.Refused }), cancellationToken);

    private byte[] Write(Relationship tie, string code)
    {
        var subjects = new List<ConnectedSubject>();
        var secrets = new List<byte[]>();
        foreach (var mark in tie.Marks)
        {
            var keys = session.KeysOf(tie.Index, mark.Category);
            var indexKey = new byte[SymmetricKey.KeyLength];
            using (var key = keys.DeriveIndexKey(0))
            {
                key.ExportTo(indexKey);
            }

            secrets.Add(indexKey);
            var sealingKey = keys.SealingKey(0).Public;
            var proof = keys.Identity.Sign(ConnectedSubject.MessageOf(session.Genesis, tie.Organisation, code, sealingKey, keys.SelfKey.Public));
            subjects.Add(new ConnectedSubject(mark.Category, keys.Subject, 0, sealingKey, keys.SelfKey.Public, indexKey, proof));
        }

        var message = new Connection(code, subjects).Encode();
        secrets.ForEach(secret => CryptographicOperations.ZeroMemory(secret));
        return message;
    }
}
