using System.Globalization;
using EhrLedger.Consent.Records;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Views.Provenances;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Views;
using EhrLedger.Node.Reading;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Provenances;

/// <summary>
/// A Provenance for every version of this author's records, and for granted ones. That a record is there is told by it, so each that is shown counts as counted in its patient's log; a granted record is opened for its Provenance
/// as for itself. Who may not read a record sees none of its Provenances.
/// </summary>
/// <remarks>Ids (docs/decisions/0025): <c>w-</c>, the resource's key in the tables, and the version; <c>g-</c> and the record id.</remarks>
internal sealed class ProvenanceViews(WrittenVersions versions, LedgerAnchors anchors, AuthorReader reader, PatientDirectory patients, ReadLog readLog, Sight sight) : IViews
{
    private const int MostVersions = AuthorSearch.MostCandidates;

    /// <inheritdoc/>
    public string Type => "Provenance";

    /// <inheritdoc/>
    public bool Owns(string id) => WrittenId.TryParse(id) is not null || GrantedIdOf(id) is not null;

    /// <inheritdoc/>
    public async Task<ForeignAnswer> FindAsync(IReadOnlyCollection<string> ids, IForeignRecords granted, Asking asking, CancellationToken cancellationToken)
    {
        var own = ids.Select(WrittenId.TryParse).OfType<WrittenId>().Select(id => versions.Find(id.Key, id.Version)).OfType<WrittenVersion>()
            .Select(version => (Version: version, Shown: Outline(version)))
            .Where(one => one.Shown is not null && Sees(asking, one.Version, one.Shown))
            .ToList();
        await LogAsync(own.Select(one => one.Version), asking, cancellationToken);
        var made = own.Select(one => Unfinished.Finish(one.Shown!)).ToList();
        return ids.Select(GrantedIdOf).OfType<string>().ToList() is { Count: > 0 } records
            ? Of(made, await granted.FindAsync(null, records, asking with { Needs = Interactions.Read }, cancellationToken), asking, finish: true)
            : new ForeignAnswer.Shown(made, Reach.All);
    }

    /// <inheritdoc/>
    public async Task<ForeignAnswer> SearchAsync(SearchQuery query, IForeignRecords granted, Asking asking, SearchBudget budget, CancellationToken cancellationToken)
    {
        if (query.Ids is { } ids)
        {
            return await FindAsync([.. ids.Where(Owns)], granted, asking, cancellationToken) is ForeignAnswer.Shown(var found, var reached)
                ? new ForeignAnswer.Shown([.. found.Where(one => SearchEvaluator.Matches(one, query))], reached)
                : new ForeignAnswer.TooMany();
        }

        var matches = new List<(WrittenVersion Version, Resource Shown)>();
        foreach (var version in Candidates(query, asking))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!budget.Take(1))
            {
                return new ForeignAnswer.TooMany();
            }

            if (Outline(version) is { } outline && SearchEvaluator.Matches(outline, query) && Sees(asking, version, outline))
            {
                matches.Add((version, outline));
            }
        }

        await LogAsync(matches.Select(match => match.Version), asking, cancellationToken);
        var answer = Of([.. matches.Select(match => match.Shown)], await GrantedAsync(query, granted, asking with { Needs = Interactions.Read }, cancellationToken), asking, finish: false);
        return answer is ForeignAnswer.Shown(var all, var reach) ? new ForeignAnswer.Shown([.. all.Where(one => SearchEvaluator.Matches(one, query))], reach) : answer;
    }

    /// <inheritdoc/>
    public IEnumerable<Resource> Follow(IReadOnlyList<Resource> from, IReadOnlyList<SearchInclude> includes, Asking asking)
    {
        foreach (var resource in from)
        {
            if (AsksFor(includes, resource.TypeName) && Outline(resource) is { } provenance && SeesGranted(asking, provenance))
            {
                yield return provenance;
            }

            if (resource.Annotations(typeof(Target)).OfType<Target>().FirstOrDefault() is { } target
                && includes.Any(include => !include.IsReverse && include.ParametersOf(Type).Any(parameter => parameter.Code == "target") && include.TargetType is var type && (type is null || type == target.Record.TypeName)))
            {
                yield return target.Record;
            }
        }
    }

    /// <summary>What points at this author's own records that are shown, and so logged, beside it.</summary>
    public IEnumerable<Resource> Of(IEnumerable<StoredResource> shown, string type, IReadOnlyList<SearchInclude> includes, Asking asking) => AsksFor(includes, type)
        ? shown.SelectMany(stored => versions.Of(stored.RowId, Inclusion.MostIncluded + 1)).Select(version => (Version: version, Shown: Outline(version)))
            .Where(one => one.Shown is not null && Sees(asking, one.Version, one.Shown)).Select(one => one.Shown!)
        : [];

    private bool Sees(Asking asking, WrittenVersion version, Provenance shown) =>
        asking.Access.Sees(asking.Needs, shown, patients.FindByRow(version.Resource.PatientRow)?.Id)
        && (asking.Access.SeesWhole(Interactions.Read, version.Meta.Type) || (reader.Open(version.Resource, version.Version) is { } opened && sight.Sees(asking with { Needs = Interactions.Read }, opened)));

    private static bool AsksFor(IReadOnlyList<SearchInclude> includes, string type) =>
        includes.Any(include => include is { IsReverse: true, SourceType: "Provenance" } && include.ParametersTo(type).Any(parameter => parameter.Code == "target"));

    /// <summary>Those of own versions that can match.</summary>
    private IEnumerable<WrittenVersion> Candidates(SearchQuery query, Asking asking)
    {
        IEnumerable<StoredResource>? narrowed = TargetsOf(query)?.Where(target => RecordId.TryParse(target.Id) is null).Select(target => reader.Find(target.Type, target.Id)).OfType<StoredResource>()
            ?? OwnersOf(query, asking)?.Select(patients.FindById).OfType<Authoring.Patient>().SelectMany(patient => reader.All(patient.RowId));
        return narrowed is null
            ? versions.Walk(Dates.SinceOf(query, "recorded"))
            : narrowed.Where(stored => stored.PatientRow != 0).SelectMany(stored => versions.Of(stored.RowId, MostVersions + 1));
    }

    /// <summary>Granted records that a question names, or that are about a patient whom it names; others are not opened for it.</summary>
    private static async Task<ForeignAnswer> GrantedAsync(SearchQuery query, IForeignRecords granted, Asking asking, CancellationToken cancellationToken)
    {
        var found = new List<Resource>();
        var reach = Reach.All;
        var questions = TargetsOf(query) is { } targets
            ? targets.Where(target => RecordId.TryParse(target.Id) is not null).GroupBy(target => target.Type, target => target.Id)
                .Select(ofType => granted.FindAsync(ofType.Key, [.. ofType.Distinct()], asking, cancellationToken))
            : OwnersOf(query, asking)?.Select(patient => granted.EverythingAsync(patient, null, null, asking, cancellationToken)) ?? [];
        foreach (var question in questions)
        {
            if (await question is not ForeignAnswer.Shown(var resources, var reached))
            {
                return new ForeignAnswer.TooMany();
            }

            found.AddRange(resources);
            reach = (Reach)Math.Max((int)reach, (int)reached);
        }

        return new ForeignAnswer.Shown(found, reach);
    }

    private static HashSet<string>? OwnersOf(SearchQuery query, Asking asking) => asking.Access.OnlyPatient is { } only ? [only] : AuthorSearch.Owners(query);

    /// <summary>The targets that a question names; null where it names none, or others may match as well.</summary>
    private static IReadOnlyList<FhirReference>? TargetsOf(SearchQuery query) =>
        query.Criteria.FirstOrDefault(criterion => criterion is { Parameter.Code: "target", Modifier: SearchModifier.None or SearchModifier.Type }
            && criterion.AnyOf.All(operand => LiteralOf(criterion, operand) is not null)) is { } named
            ? [.. named.AnyOf.Select(operand => LiteralOf(named, operand)!)]
            : null;

    private static FhirReference? LiteralOf(SearchCriterion criterion, SearchOperand operand) => operand switch
    {
        SearchOperand.Reference { Literal: { Base: null } literal } => literal,
        SearchOperand.Reference { Id: { } id } when criterion.TargetType is { } type => new FhirReference(null, type, id, null),
        _ => null,
    };

    private System.Threading.Tasks.Task LogAsync(IEnumerable<WrittenVersion> shown, Asking asking, CancellationToken cancellationToken)
    {
        var told = new Glimpses();
        told.Find(shown.Select(version => version.Resource));
        return readLog.TellAsync(told, asking, cancellationToken);
    }

    private Provenance? Outline(WrittenVersion version)
    {
        if (patients.FindByRow(version.Resource.PatientRow) is not { } patient)
        {
            return null;
        }

        var outline = new RecordProvenance(
            new WrittenId(version.Key, version.Version).ToString(), version.Versioned, $"Patient/{patient.Id}", anchors.Self.ToString(), version.At, version.Change, version.Header.Epoch).Outline();
        outline.AddAnnotation(new Unfinished(() => RecordProvenance.Complete(outline, anchors.SignatureOf(version.Anchor.EntryIndex), anchors.OfRow(version.Anchor.EntryIndex, version.Anchor.Path))));
        return outline;
    }

    /// <summary>Null for what was not granted as a record: what is shared of a directory stands on no ledger.</summary>
    private Provenance? Outline(Resource granted)
    {
        if (ForeignRecords.SourceOf(granted) is not var (source, patient))
        {
            return null;
        }

        var header = source.Header;
        var outline = new RecordProvenance(
            $"g-{granted.Id}", $"{granted.TypeName}/{granted.Id}", patient, header.Author.ToString(), DateTimeOffset.FromUnixTimeMilliseconds((long)header.Time), null, header.Epoch).Outline();
        outline.AddAnnotation(new Target(granted));
        outline.AddAnnotation(new Unfinished(() =>
        {
            var whole = RecordProvenance.Complete(outline, anchors.SignatureAt(source.Anchor.EntryIndex), anchors.OfRow(source.Anchor));
            whole.AddAnnotation(new Target(granted));
            return whole;
        }));
        return outline;
    }

    private ForeignAnswer Of(List<Resource> made, ForeignAnswer granted, Asking asking, bool finish) => granted is ForeignAnswer.Shown(var records, var reach)
        ? new ForeignAnswer.Shown([.. made, .. records.Select(Outline).OfType<Provenance>().Where(one => SeesGranted(asking, one)).Select(one => finish ? Unfinished.Finish(one) : one)], reach)
        : new ForeignAnswer.TooMany();

    private static bool SeesGranted(Asking asking, Provenance shown) => asking.Access.Sees(
        asking.Needs, shown, shown.Extension.Find(one => one.Url == RecordProvenance.PatientUrl)?.Value is ResourceReference { Reference: { } patient } ? FhirReference.Parse(patient)?.Id : null);

    private static string? GrantedIdOf(string id) => id.StartsWith("g-", StringComparison.Ordinal) && RecordId.TryParse(id[2..]) is not null ? id[2..] : null;

    /// <summary>The granted record that a Provenance is about, for as long as the request lasts.</summary>
    private sealed record Target(Resource Record);
}

/// <summary>The id of a view of one version of an own record.</summary>
/// <param name="Key">Of the resource in the tables, 16 bytes: an HMAC of its type and id.</param>
/// <param name="Version">From 1.</param>
internal sealed record WrittenId(byte[] Key, uint Version)
{
    private const int KeyDigits = 32;

    /// <summary>Null for another form, or another way to write it.</summary>
    public static WrittenId? TryParse(string id) =>
        id.Length > 3 + KeyDigits && id.StartsWith("w-", StringComparison.Ordinal) && id[2 + KeyDigits] == '-' && id[2..(2 + KeyDigits)].All(char.IsAsciiHexDigitLower)
        && id[3 + KeyDigits] != '0' && uint.TryParse(id.AsSpan(3 + KeyDigits), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new WrittenId(Convert.FromHexString(id.AsSpan(2, KeyDigits)), version)
            : null;

    /// <inheritdoc/>
    public override string ToString() => $"w-{Convert.ToHexStringLower(Key)}-{Version.ToString(CultureInfo.InvariantCulture)}";
}
