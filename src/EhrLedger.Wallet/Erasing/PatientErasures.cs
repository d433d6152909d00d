using EhrLedger.Client.Nodes;
using EhrLedger.Client.Transport;
using EhrLedger.Consent.Erasing;
using EhrLedger.Consent.Records;
using EhrLedger.Consent.Subjects;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Findings;
using EhrLedger.Wallet.Granting;
using EhrLedger.Wallet.Records;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Erasing;

/// <summary>
/// Records that the patient wants forgotten: a part of <see cref="Wallet"/>. Nothing of it is kept on the device: the ledger has what was erased, for the wallet alone to read, and who has answered, so that it is there again on a new phone.
/// </summary>
public sealed class PatientErasures
{
    /// <summary>After so long without an answer the patient is told.</summary>
    public static readonly TimeSpan AnswerDue = TimeSpan.FromDays(1);

    /// <summary>After so long without word that the backups are gone the patient is told: they are kept for 30 days at most.</summary>
    public static readonly TimeSpan BackupsDue = TimeSpan.FromDays(31);

    private readonly WalletSession _session;
    private readonly SubjectTopics _topics;
    private readonly GrantMaker _grants;
    private readonly OwnRecordReader _records;
    private readonly OneAtATime _one;

    internal PatientErasures(WalletSession session, SubjectTopics topics, GrantMaker grants, OwnRecordReader records, OneAtATime one) =>
        (_session, _topics, _grants, _records, _one) = (session, topics, grants, records, one);

    /// <summary>
    /// Has every version of a record erased that there is now, everywhere. It can't be undone, also not for the patient; what somebody has read or downloaded before stays known to them, and that there was a record, when and by whom written, stays as well.
    /// A screen says all three.
    /// </summary>
    /// <param name="relationship">Index of the connection to its author.</param>
    /// <param name="category">The record's.</param>
    /// <param name="record">Which.</param>
    /// <param name="cancellationToken">Gives up; what stands on the ledger by then, <see cref="Wallet.ResumeAsync"/> finishes.</param>
    public Task<EraseOutcome> EraseAsync(uint relationship, Category category, RecordId record, CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            if (_session.State.Find(relationship) is not { IsConnected: true })
            {
                return EraseOutcome.Unknown;
            }

            var view = await _topics.SyncAsync(relationship, category, token).ConfigureAwait(false);
            if (await _records.FindSealingsAsync(view, header => header.Record.Record == record, token).ConfigureAwait(false) is not { } sealings)
            {
                return EraseOutcome.Unavailable;
            }

            if (sealings.Count == 0)
            {
                return EraseOutcome.Unknown;
            }

            var (opened, isOpen) = await _grants.OpenAsync(relationship, category, token).ConfigureAwait(false);
            return !isOpen || await NameAsync(opened, sealings, token).ConfigureAwait(false) is not { } named ? EraseOutcome.Unavailable
                : await TellAllAsync(named, sealings, token).ConfigureAwait(false) ? EraseOutcome.Told : EraseOutcome.PartlyTold;
        },
        cancellationToken);

    /// <summary>Every erasure, the newest first, and who has answered what.</summary>
    public Task<IReadOnlyList<ErasureShown>> ListAsync(CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            var shown = new List<ErasureShown>();
            await foreach (var view in ViewsAsync(token).ConfigureAwait(false))
            {
                shown.AddRange(view.Erasures.Select(erasure => new ErasureShown(
                    erasure.Commitment, view.Relationship.Index, view.Relationship.Organisation, view.Category, erasure.Record, erasure.Time, [.. erasure.Replies], [.. Silent(erasure)])));
            }

            return (IReadOnlyList<ErasureShown>)[.. shown.OrderByDescending(erasure => erasure.AskedAt)];
        },
        cancellationToken);

    /// <summary>What the patient should know: who has not answered in time, and who has said that a record is gone and hands out its ciphertext all the same. That nobody else has a copy, no check can show.</summary>
    public Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken cancellationToken) => _one.RunAsync(
        async token =>
        {
            var findings = new List<Finding>();
            await foreach (var view in ViewsAsync(token).ConfigureAwait(false))
            {
                foreach (var erasure in view.Erasures)
                {
                    findings.AddRange(Overdue(erasure).Select(late => new Finding(FindingKind.ErasureUnanswered, late, view.Category, $"Erasure {erasure.Commitment} of {erasure.Time:u}.")));
                }

                findings.AddRange(await ServedAsync(view, token).ConfigureAwait(false));
            }

            return (IReadOnlyList<Finding>)findings;
        },
        cancellationToken);

    /// <summary>Tells those who have not answered yet, and has sealings named that were made while an erasure was on its way. The caller is alone.</summary>
    /// <returns>True if nothing is left to do.</returns>
    internal async Task<bool> KeepAsync(CancellationToken cancellationToken)
    {
        var done = true;
        await foreach (var view in ViewsAsync(cancellationToken).ConfigureAwait(false))
        {
            // What its author keeps, it may have to seal anew.
            if (view.Erasures.All(erasure => erasure.Opened is null || (!Silent(erasure).Any() && erasure.Replies.All(reply => reply.Answer != ErasureAnswer.Held))))
            {
                continue;
            }

            var named = view.Erasures.SelectMany(erasure => erasure.Headers).ToHashSet();
            if (await _records.FindSealingsAsync(view, _ => true, cancellationToken).ConfigureAwait(false) is not { } all)
            {
                done = false;
                continue;
            }

            var versions = all.Where(sealing => named.Contains(sealing.Header.Digest)).Select(sealing => sealing.Header.Record).ToHashSet();
            var sealings = all.Where(sealing => versions.Contains(sealing.Header.Record)).ToList();
            done &= await NameAsync(view, sealings, cancellationToken).ConfigureAwait(false) is { } kept && await TellAllAsync(kept, sealings, cancellationToken).ConfigureAwait(false);
        }

        return done;
    }

    /// <summary>Has the ledger name those of the sealings that no erasure names yet.</summary>
    /// <returns>The subject after it; null where the ledger does not take it now.</returns>
    private async Task<SubjectView?> NameAsync(SubjectView view, IReadOnlyList<NamedSealing> sealings, CancellationToken cancellationToken)
    {
        var known = view.Erasures.SelectMany(erasure => erasure.Headers).ToHashSet();
        foreach (var ofRecord in sealings.Where(sealing => !known.Contains(sealing.Header.Digest)).GroupBy(sealing => sealing.Header.Record.Record))
        {
            foreach (var portion in ofRecord.Select(sealing => sealing.Header.Digest).Distinct().Chunk(Erasure.MostSealings))
            {
                var erasure = new Erasure(Salt.Generate(), view.Keys.Subject, [.. portion.Order()]);
                var (after, isShown) = await _topics.EnsureAsync(
                    view.Relationship.Index,
                    view.Category,
                    subject => subject.Erasures.Any(seen => seen.Commitment == erasure.Commitment),
                    subject => _grants.EntriesOf(subject).Erase(new Erased(erasure.Commitment, subject.Keys.Memo.Seal(erasure, ofRecord.Key)), _session.ValidUntil),
                    cancellationToken).ConfigureAwait(false);
                if (!isShown)
                {
                    return null;
                }

                view = after;
            }
        }

        return view;
    }

    private async Task<bool> TellAllAsync(SubjectView view, IReadOnlyList<NamedSealing> sealings, CancellationToken cancellationToken)
    {
        var byHeader = sealings.DistinctBy(sealing => sealing.Header.Digest).ToDictionary(sealing => sealing.Header.Digest);
        var all = true;
        foreach (var erasure in view.Erasures.Where(erasure => erasure.Opened is not null && erasure.Headers.Any(byHeader.ContainsKey)))
        {
            if (!erasure.Headers.All(byHeader.ContainsKey))
            {
                all = false;
                continue;
            }

            var order = new ErasureOrder(erasure.Opened!, [.. erasure.Headers.Select(header => byHeader[header])]).Encode();
            foreach (var member in Silent(erasure).ToList())
            {
                all &= _session.Nodes.Find(member) is { } node
                    && await node.Wallet.OrderErasureAsync(order, view.Keys.Subject.Topic, cancellationToken).ConfigureAwait(false) is Answer<Done>.Given;
            }
        }

        return all;
    }

    private async Task<IReadOnlyList<Finding>> ServedAsync(SubjectView view, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var said = view.Erasures.SelectMany(erasure => erasure.Replies.Where(reply => reply.Answer >= ErasureAnswer.Destroyed).SelectMany(reply => erasure.Headers.Select(header => (header, reply.Organisation))))
            .ToLookup(pair => pair.header, pair => pair.Organisation);
        if (said.Count == 0 || await _records.FindSealingsAsync(view, header => said.Contains(header.Digest), cancellationToken).ConfigureAwait(false) is not { } sealings)
        {
            return findings;
        }

        foreach (var sealing in sealings)
        {
            foreach (var organisation in said[sealing.Header.Digest])
            {
                if (_session.Nodes.Find(organisation) is { } node
                    && (await node.Records.ReadCiphertextAsync(sealing.Row.Ciphertext, view.Keys.Subject.Topic, cancellationToken).ConfigureAwait(false)).TryGet(out _))
                {
                    findings.Add(new Finding(FindingKind.ErasedYetServed, organisation, view.Category, $"The ciphertext of row {sealing.Row.Number} is handed out."));
                }
            }
        }

        return findings;
    }

    private IEnumerable<OrganisationId> Silent(ErasureSeen erasure) =>
        _session.Members.Active.Select(member => member.Organisation).Where(organisation => erasure.AnswerOf(organisation) is null);

    private IEnumerable<OrganisationId> Overdue(ErasureSeen erasure) =>
        (_session.Now - erasure.Time > AnswerDue ? Silent(erasure) : [])
        .Concat(erasure.Replies.Where(reply => reply.Answer == ErasureAnswer.Destroyed && _session.Now - reply.At > BackupsDue).Select(reply => reply.Organisation));

    private async IAsyncEnumerable<SubjectView> ViewsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (relationship, category) in _session.State.Relationships
            .Where(tie => tie.IsConnected)
            .SelectMany(tie => tie.Marks.Where(mark => mark.TopicNext > 0).Select(mark => (tie.Index, mark.Category)))
            .ToList())
        {
            yield return await _topics.SyncAsync(relationship, category, cancellationToken).ConfigureAwait(false);
        }
    }
}
