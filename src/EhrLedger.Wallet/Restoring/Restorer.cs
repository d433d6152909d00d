using EhrLedger.Client.Transport;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Connecting;
using EhrLedger.Wallet.State;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Restoring;

/// <summary>
/// Brings a wallet back from its seed alone: from the newest directory that any member has; without one, by asking every member about derived subjects, each apart, until twenty relationships in a row are
/// unknown to all. Grants come back from the memos on the subjects' topics.
/// </summary>
internal sealed class Restorer(WalletSession session, SubjectTopics topics, DirectoryKeeper directories, Connector connector)
{
    /// <summary>How many unknown relationships in a row end the search.</summary>
    public const uint GapLimit = 20;

    public async Task<RestoreOutcome> RestoreAsync(CancellationToken cancellationToken)
    {
        var (found, heard) = await directories.ReadNewestAsync(cancellationToken).ConfigureAwait(false);
        if (found is not null)
        {
            // The head that the directory was made under binds this device too.
            if (session.Log.Newest is null && found.Head is { } head)
            {
                session.Log.Remember(head);
            }

            // What this device has begun by itself is not forgotten over it.
            await (session.State.Relationships.IsEmpty
                ? session.NoteAsync(found, cancellationToken)
                : session.SaveAsync(session.State.With(found) with { Number = Math.Max(session.State.Number, found.Number) }, cancellationToken)).ConfigureAwait(false);
            await KnowOrganisationsAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (!heard || !await ScanAsync(cancellationToken).ConfigureAwait(false))
        {
            return new RestoreOutcome(RestoreSource.Nobody, 0, 0);
        }

        var grants = 0;
        foreach (var tie in session.State.Relationships.Where(tie => tie.IsConnected))
        {
            foreach (var mark in tie.Marks)
            {
                grants += (await topics.SyncAsync(tie.Index, mark.Category, cancellationToken).ConfigureAwait(false)).Grants.Count;
            }
        }

        return new RestoreOutcome(found is null ? RestoreSource.Search : RestoreSource.Directory, session.State.Relationships.Count(tie => tie.IsConnected), grants);
    }

    /// <summary>Makes sure that the organisations of all relationships are known, also those that joined after the genesis.</summary>
    public async Task KnowOrganisationsAsync(CancellationToken cancellationToken)
    {
        foreach (var tie in session.State.Relationships.Where(tie => session.Members.Find(tie.Organisation) is null))
        {
            await session.Membership.RefreshAsync(tie.Organisation, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>False if some member could not be asked: then nothing is known to be missing.</returns>
    private async Task<bool> ScanAsync(CancellationToken cancellationToken)
    {
        var complete = true;
        var unknown = 0U;
        for (var index = 0U; unknown < GapLimit; index++)
        {
            OrganisationId? organisation = null;
            foreach (var member in session.Members.Active)
            {
                // Every connection covers every category, so one subject stands for the relationship.
                switch (await connector.AskEpochAsync(index, member.Organisation, Category.Demographics, cancellationToken).ConfigureAwait(false))
                {
                    case Answer<AuthorEpoch>.Given:
                        organisation = member.Organisation;
                        break;
                    case Answer<AuthorEpoch>.Refused:
                        break;
                    default:
                        complete = false;
                        break;
                }

                if (organisation is not null)
                {
                    break;
                }
            }

            if (organisation is not { } known)
            {
                unknown++;
                continue;
            }

            unknown = 0;
            await session.SaveAsync(
                session.State.With(Relationship.Start(index, known) with { Status = RelationshipStatus.Connected }), cancellationToken).ConfigureAwait(false);
        }

        return complete || !session.State.Relationships.IsEmpty;
    }
}

/// <summary>What came of restoring a wallet.</summary>
/// <param name="Source">Where from.</param>
/// <param name="Relationships">How many connections were found.</param>
/// <param name="Grants">How many grants stand on their topics, ended ones included.</param>
public sealed record RestoreOutcome(RestoreSource Source, int Relationships, int Grants);

/// <summary>Where a wallet came back from.</summary>
public enum RestoreSource
{
    /// <summary>No member answered, or not all did and none knew the wallet: to be tried again.</summary>
    Nobody = 1,

    /// <summary>The directory that the wallet had left.</summary>
    Directory = 2,

    /// <summary>No directory; the members were asked about the wallet's subjects. It may be a new wallet.</summary>
    Search = 3,
}
