using EhrLedger.Consent.Grants;
using EhrLedger.Fhir.References;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Hosting;
using EhrLedger.Node.Reading;
using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Fhir.Subscriptions;

/// <summary>
/// Looks for what has come under grants: once in an interval for each grant and purpose that somebody has subscribed to, however many do. Each is a Search entry under the grant, which the patient sees as what it is; nothing is
/// opened, and a grant that has ended is not looked at any more.
/// </summary>
internal sealed partial class SubscriptionLooks(
    SubscriptionStore store, Subscribers subscribers, HeldGrants grants, GranteeReader reader, LogReplica replica, Deliveries deliveries, NodeSettings settings, TimeProvider time, ILogger<SubscriptionLooks> log)
{
    /// <summary>Who stands in the patient's log as having asked: nobody in person.</summary>
    public const string Person = "Automatic look for subscriptions";

    /// <summary>In what role.</summary>
    public const string Role = "subscription";

    private const int MostAtOnce = 8;

    private HashSet<GrantId>? _active;

    /// <summary>Completes when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // Often enough that a look is late by a tenth of the interval at most, and what is over is soon seen.
        var pause = TimeSpan.FromTicks(Math.Min(settings.SubscriptionInterval.Ticks / 10, TimeSpan.FromSeconds(5).Ticks));
        while (true)
        {
            try
            {
                await LookWhereDueAsync(cancellationToken);
            }
            catch (StoreFailedException)
            {
                // What was not kept is looked for again.
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private async Task LookWhereDueAsync(CancellationToken cancellationToken)
    {
        var active = grants.Active();
        ForgetEnded(active);
        var subscribed = await StandingAsync(cancellationToken);
        if (subscribed.Count == 0)
        {
            return;
        }

        // Under a grant of single records, or of what was there, nothing new can come.
        var due = new List<(HeldGrant Grant, PurposeOfUse Purpose, IReadOnlyList<Subscribed> For, Look Before)>();
        foreach (var grant in active.Where(grant => grant.Access.Terms.Future && grant.Access.Epochs.Count > 0))
        {
            var patient = FhirReference.Parse(grant.PatientLink)?.Id ?? "";
            foreach (var ofPurpose in subscribed.Where(one => grant.Access.Terms.Allows(one.Purpose) && one.Covers(patient)).GroupBy(one => one.Purpose))
            {
                var before = store.FindLook(grant.Access.Grant, ofPurpose.Key);
                if (before is null || time.GetUtcNow() - before.At >= settings.SubscriptionInterval)
                {
                    due.Add((grant, ofPurpose.Key, [.. ofPurpose], before ?? new Look(DateTimeOffset.UnixEpoch, new Dictionary<string, ulong>())));
                }
            }
        }

        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = MostAtOnce, CancellationToken = cancellationToken }, async (one, token) =>
        {
            try
            {
                await LookAsync(one.Grant, one.Purpose, one.For, one.Before, token);
            }
#pragma warning disable CA1031 // What one author answers must not stop the looks at others, nor the node.
            catch (Exception broken) when (broken is not StoreFailedException && !token.IsCancellationRequested)
#pragma warning restore CA1031
            {
                Failed(log, new Fault(broken));
            }
        });
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A look for subscriptions failed: {What}")]
    private static partial void Failed(ILogger logger, Fault what);

    /// <summary>How far a grant was looked at is forgotten when it ends. Which grants are there is looked at in memory; the table only where one has gone since the last time.</summary>
    private void ForgetEnded(IReadOnlyList<HeldGrant> active)
    {
        var ids = active.Select(grant => grant.Access.Grant).ToHashSet();
        if (_active is null || !_active.IsSubsetOf(ids))
        {
            store.KeepLooksOf(active.SelectMany(grant => grant.Access.Terms.Purposes.Select(purpose => (grant.Access.Grant, purpose))));
        }

        _active = ids;
    }

    /// <summary>Those that look under grants and go on. Whichever is over is switched off, also where nothing comes that it would be told of.</summary>
    private async Task<IReadOnlyList<Subscribed>> StandingAsync(CancellationToken cancellationToken)
    {
        var standing = new List<Subscribed>();
        foreach (var one in subscribers.Now())
        {
            if (await subscribers.WhyOverAsync(one.Kept, one.End, cancellationToken) is not null)
            {
                deliveries.Restart(one.Kept.Row);
            }
            else if (one.IsGranted)
            {
                standing.Add(one);
            }
        }

        return standing;
    }

    private async Task LookAsync(HeldGrant grant, PurposeOfUse purpose, IReadOnlyList<Subscribed> subscribed, Look before, CancellationToken cancellationToken)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var places = subscribed.Select(one => one.Type).Distinct().ToDictionary(type => type, type => before.Places.GetValueOrDefault(type), StringComparer.Ordinal);

        // First: a node that stops in the middle does not look twice.
        store.KeepLook(grant.Access.Grant, purpose, before with { At = at }, []);
        var asking = new Asking(purpose, Person, Role, default).Asks(Question.Ask($"Subscription /fhir/{string.Join(',', places.Keys.Order(StringComparer.Ordinal))}?_tag={GrantedCriteria.Tag}"));
        var seen = await reader.LookAsync(grant, places, asking, cancellationToken);
        if (seen.Count == 0)
        {
            return;
        }

        var granted = (replica.FindTopic(grant.Access.Subject.Topic)?.State as EhrLedger.Consent.Subjects.SubjectState)?.FindGrant(grant.Access.Grant)?.GrantedAt ?? 0;
        var told = subscribed
            .Where(one => seen.TryGetValue(one.Type, out var found) && found.New.Any(candidate => Math.Max(candidate.Anchor.EntryIndex, granted) >= one.Kept.Ledger))
            .Select(one => (one.Kept.Row, (Notice)new Notice.Granted(grant.Access.Grant)))
            .ToList();
        var after = before.Places.Where(pair => !seen.ContainsKey(pair.Key)).Concat(seen.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Place)));
        store.KeepLook(grant.Access.Grant, purpose, new Look(at, new Dictionary<string, ulong>(after, StringComparer.Ordinal)), told);
        foreach (var (row, _) in told)
        {
            deliveries.Wake(row);
        }
    }
}
