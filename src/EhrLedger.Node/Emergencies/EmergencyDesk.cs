using System.Collections.Concurrent;
using System.Security.Cryptography;
using EhrLedger.Client.Wallets;
using EhrLedger.Consent.Emergencies;
using EhrLedger.Consent.Grants;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Hpke;
using EhrLedger.Crypto.Sharing;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Entries;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Ledger.Sequencing;
using EhrLedger.Node.Custody;
using EhrLedger.Node.Peers;
using EhrLedger.Node.Reading;
using EhrLedger.Node.Relaying;
using EhrLedger.Node.Wallets;

namespace EhrLedger.Node.Emergencies;

/// <summary>
/// Declares emergencies in this organisation's name: for every subject that a patient's card leads to an EmergencyAccess entry, then custodians' shares of the emergency key, and with it what a grant would have given. From then on the records
/// appear like granted ones, for 24 hours, and every search and read is logged.
/// </summary>
internal sealed class EmergencyDesk(
    OrganisationId self,
    Ed25519PrivateKey signingKey,
    SymmetricKey root,
    LogReplica replica,
    ISubmitter submitter,
    Keepers keepers,
    CustodianSet custodians,
    WalletDirectories directories,
    RelayedPeers peers,
    HeldGrants grants,
    TimeProvider time)
{
    private const int AtATime = 4;

    private static readonly PeerLimits ListLimits = new(SealedDirectory.LargestSize + 1_024, TimeSpan.FromSeconds(5), Retries: 0);

    /// <summary>Declares.</summary>
    /// <param name="card">The patient's.</param>
    /// <param name="order">Who, why, and as whose records they are to appear.</param>
    /// <param name="cancellationToken">Gives up; what was declared stays declared.</param>
    /// <returns>One for each subject of other authors, in no order. Null where no member knows the card.</returns>
    public async Task<IReadOnlyCollection<EmergencyOpened>?> DeclareAsync(EmergencyCard card, EmergencyOrder order, CancellationToken cancellationToken)
    {
        if (await FindSubjectsAsync(card, cancellationToken) is not { } subjects)
        {
            return null;
        }

        var opened = new ConcurrentBag<EmergencyOpened>();
        await Parallel.ForEachAsync(subjects, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken }, async (subject, token) =>
        {
            // What this organisation wrote itself it has anyway.
            if (StateOf(subject)?.Organisation != self)
            {
                opened.Add(await DeclareAsync(subject, order, token));
            }
        });
        return opened;
    }

    private async Task<EmergencyOpened> DeclareAsync(SubjectId subject, EmergencyOrder order, CancellationToken cancellationToken)
    {
        if (grants.Active().FirstOrDefault(held => held.IsEmergency && held.Access.Subject == subject) is { } running)
        {
            return new EmergencyOpened(subject, running.Access.Grant, "emergency-running");
        }

        if (StateOf(subject) is not { Emergencies: { Rule: { } rule, LastNumber: var number } } state)
        {
            return new EmergencyOpened(subject, null, "emergency-policy");
        }

        if (await keepers.FindPolicyAsync(rule.Digest, state.Organisation, cancellationToken) is not { } policy)
        {
            return new EmergencyOpened(subject, null, "emergency-policy-not-found");
        }

        var keys = ReaderKeys.Generate();
        var grant = GrantId.Generate();
        var account = new EmergencyAccount(order.Note, order.Requesters);
        var body = new EmergencyAccess(
            self, grant, number, order.Reason, keys.Reader.Public, keys.Answer.Public.Digest, [.. Sign(subject, grant, order)], account.Seal(policy, grant));
        var entry = Entry.Sign(ConsentEntryTypes.EmergencyAccess, subject.Topic, body.Encode(), time.GetUtcNow() + Entry.UsualValidity, signingKey, replica.Genesis.Digest);
        var outcome = await submitter.SubmitAsync(entry.SignedBytes, CommitLevel.Final, cancellationToken);
        if (outcome is not SubmitOutcome.Logged { Level: CommitLevel.Final } logged)
        {
            keys.Dispose();
            return new EmergencyOpened(subject, null, outcome is SubmitOutcome.Refused(var reason) ? reason.Code : "ledger-unavailable");
        }

        await replica.WaitForSizeAsync(logged.Index + 1, cancellationToken);
        using var opened = await OpenAsync(logged.Index, entry.Digest, policy, keys, cancellationToken);
        if (opened is null || StateOf(subject) is not { } after || after.FindGrant(grant) is not { } open)
        {
            keys.Dispose();
            return new EmergencyOpened(subject, null, "custodians-unavailable");
        }

        var held = new HeldGrant(keys, AccessOf(subject, grant, opened, TermsOf(subject, open, after.CurrentEpoch), order.PatientLink));
        grants.Adopt(held, account);
        return new EmergencyOpened(subject, grant, null);
    }

    // Since the declaration epochs may have begun; the ledger has the digest of the right terms.
    private static GrantTerms TermsOf(SubjectId subject, OpenGrant open, uint newest) =>
        Enumerable.Range(0, (int)newest + 1).Select(back => EmergencyRules.TermsOf(subject, open.Id, newest - (uint)back)).First(terms => terms.Digest == open.TermsDigest);

    // A copy, because what the custodians gave is disposed of as a whole.
    private static AccessKey AccessOf(SubjectId subject, GrantId grant, EmergencyKeys opened, GrantTerms terms, string patientLink)
    {
        using var logKey = opened.DeriveLogKey(grant);
        using var access = new AccessKey
        {
            Grant = grant,
            Subject = subject,
            Author = opened.Author,
            Category = opened.Category,
            Terms = terms,
            LogKey = logKey,
            Epochs = opened.Epochs,
            Records = [],
            PatientLink = patientLink,
        };
        var bytes = access.Encode();
        var copy = AccessKey.TryParse(bytes)!;
        CryptographicOperations.ZeroMemory(bytes);
        return copy;
    }

    /// <summary>Puts the emergency key together from custodians' shares, and opens what was sealed to it. Null where too few release.</summary>
    private async Task<EmergencyKeys?> OpenAsync(ulong index, Digest entry, EmergencyPolicy policy, ReaderKeys keys, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(custodians.Custodians.Select(custodian => keepers.ReleaseAsync(
            custodian, EmergencyReleaseRequest.Sign(index, custodian, keys, time.GetUtcNow(), replica.Genesis.Digest), keys.Answer, entry, cancellationToken)));
        var releases = answers.OfType<KeeperAnswer<EmergencyRelease>.Given>().Select(given => given.Value).ToList();
        try
        {
            var shares = releases.Select(release => release.Share).Where(policy.Holds).DistinctBy(share => share.Number).Take(policy.Threshold).ToList();
            if (shares.Count < policy.Threshold || Shamir.Join(shares) is not { } seed)
            {
                return null;
            }

            using var key = XWingPrivateKey.FromSeed(seed);
            CryptographicOperations.ZeroMemory(seed);

            // What the subject has signed for whichever custodian; the one with the newest epoch counts.
            return releases
                .Select(release => EmergencyDeposit.Open(release.SignedDeposit, subject => StateOf(subject)?.Key ?? subject.Key, replica.Genesis.Digest))
                .Where(deposit => deposit?.Policy.Digest == policy.Digest)
                .OrderByDescending(deposit => deposit!.Through)
                .Select(deposit => EmergencyKeys.Open(key, policy, deposit!.SealedKeys.Span))
                .FirstOrDefault(opened => opened is not null);
        }
        finally
        {
            releases.ForEach(release => release.Dispose());
        }
    }

    // The keys are of these two people for this one emergency: the ledger does not show who asks how often. The organisation can derive them again, and so show who it was.
    private IEnumerable<EmergencyRequester> Sign(SubjectId subject, GrantId grant, EmergencyOrder order)
    {
        var message = EmergencyAccess.MessageOf(replica.Genesis.Digest, subject.Topic, grant, self, order.Reason);
        return order.Requesters.Select(person =>
        {
            using var derived = root.Derive("emergency/requester", [.. grant.ToArray(), .. System.Text.Encoding.UTF8.GetBytes(person.Name)]);
            Span<byte> seed = stackalloc byte[Ed25519PrivateKey.SeedLength];
            derived.ExportTo(seed);
            using var key = Ed25519PrivateKey.FromSeed(seed);
            CryptographicOperations.ZeroMemory(seed);
            return new EmergencyRequester(key.Public, key.Sign(message));
        }).OrderBy(requester => requester.Key);
    }

    /// <summary>The newest list that any member has under the card's name.</summary>
    private async Task<IReadOnlyList<SubjectId>?> FindSubjectsAsync(EmergencyCard card, CancellationToken cancellationToken)
    {
        var name = card.Identity.Public;
        var path = $"/wallet/directories/{Convert.ToHexStringLower(name.ToArray())}";
        var others = replica.Members.Active.Where(member => member.Organisation != self);
        var answers = await Task.WhenAll(others.Select(member => peers.SendAsync(member, HttpMethod.Get, path, default, ListLimits, cancellationToken)));
        return answers.Select(answer => answer.Found)
            .Append(directories.Find(name) is { } own ? own : (ReadOnlyMemory<byte>?)null)
            .Select(bytes => bytes is { } found ? SealedDirectory.Open(found, name, replica.Genesis.Digest) : null)
            .OfType<SealedDirectory>()
            .OrderByDescending(directory => directory.Number)
            .Select(directory => card.Open(directory.Sealed.Span))
            .FirstOrDefault(list => list is not null);
    }

    private SubjectState? StateOf(SubjectId subject) => replica.FindTopic(subject.Topic)?.State as SubjectState;
}

/// <summary>What is declared.</summary>
/// <param name="PatientLink">The local patient as whose the records are to appear, such as <c>Patient/123</c>.</param>
/// <param name="Reason">For all to see.</param>
/// <param name="Note">For the patient alone.</param>
/// <param name="Requesters">Two people.</param>
internal sealed record EmergencyOrder(string PatientLink, EmergencyReason Reason, string Note, IReadOnlyList<EmergencyPerson> Requesters);

/// <summary>What came of one subject.</summary>
/// <param name="Subject">Which.</param>
/// <param name="Grant">The emergency's id; null where it was not opened.</param>
/// <param name="Code">Why it was not, or that it was open already; null where it is open now.</param>
internal sealed record EmergencyOpened(SubjectId Subject, GrantId? Grant, string? Code);
