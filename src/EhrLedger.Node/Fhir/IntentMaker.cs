using EhrLedger.Consent.Subjects;
using EhrLedger.Fhir.Classification;
using EhrLedger.Fhir.Conformance;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using EhrLedger.Fhir.Ownership;
using EhrLedger.Fhir.Profiles;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Views;
using EhrLedger.Node.Agents;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir.Consents;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>Turns parsed resources into what the author writes: whose they are, what they fall under, what they are found by.</summary>
internal sealed class IntentMaker(
    ServerBase server, AuthorReader reader, PatientDirectory patients, ConsentIntake requests, Classifier classifier, ProfileSet profiles, TimeProvider time)
{
    /// <summary>An intent, or why there is none.</summary>
    /// <param name="resource">With references as they are to be stored. Its id and meta are stamped when it is rendered.</param>
    /// <param name="id">FHIR logical id that it gets or has.</param>
    /// <param name="ifVersion">The version that must be the newest; null where any will do.</param>
    /// <param name="alongside">Other resources of the same request by <c>Type/id</c>; null where there are none.</param>
    /// <param name="glimpses">Told what is looked at on the way: where nothing comes to be written, the refusal depends on it.</param>
    public (WriteIntent? Intent, OperationOutcome.IssueComponent? Issue) Make(
        Resource resource, string id, uint? ifVersion, IReadOnlyDictionary<string, Resource>? alongside, Glimpses glimpses)
    {
        var (intent, issue) = MakeUnprofiled(resource, id, ifVersion, alongside, glimpses);
        return intent is not null && FindProfileFault(resource) is { } fault ? (null, fault) : (intent, issue);
    }

    /// <summary>The same without a look at the profiles that the resource names.</summary>
    /// <inheritdoc cref="Make"/>
    public (WriteIntent? Intent, OperationOutcome.IssueComponent? Issue) MakeUnprofiled(
        Resource resource, string id, uint? ifVersion, IReadOnlyDictionary<string, Resource>? alongside, Glimpses glimpses)
    {
        if (Subset.IsSubset(resource))
        {
            return (null, Outcome.Error(
                OperationOutcome.IssueType.BusinessRule,
                "The resource is tagged SUBSETTED: a server has left elements out of it (_summary, _elements), and storing it would lose them. Read it whole, change that and send it, or send a patch.",
                $"{resource.TypeName}.meta.tag"));
        }

        if (resource is Subscription)
        {
            return (null, Outcome.Error(OperationOutcome.IssueType.BusinessRule, "A Subscription is sent by a request of its own: not in a Bundle, not by a condition or a patch.", "Subscription"));
        }

        var (change, wrong) = requests.Judge(resource, id);
        if (wrong is not null)
        {
            return (null, wrong);
        }

        var (intent, issue) = MakeOwn(resource, id, ifVersion, alongside, glimpses);
        return (intent is null || change is null ? intent : change(intent), issue);
    }

    /// <summary>The same for what the node writes itself: nobody is asked anything because of it.</summary>
    /// <inheritdoc cref="Make"/>
    public (WriteIntent? Intent, OperationOutcome.IssueComponent? Issue) MakeOwn(
        Resource resource, string id, uint? ifVersion, IReadOnlyDictionary<string, Resource>? alongside, Glimpses glimpses)
    {
        OwnerOf? OwnerOfTarget(ResourceReference reference) => FindOwnerOfTarget(reference, alongside, glimpses, depth: 0);
        return OwnershipTable.Find(resource, OwnerOfTarget, server).Match<(WriteIntent?, OperationOutcome.IssueComponent?)>(
            () => (Of(id), null),
            reference => PatientIdOf(reference) is { } patientId ? (Of(patientId), null) : (null, NotLocal(reference)),
            () => (Intent(resource, id, null, ifVersion), null),
            issue => (null, issue));

        WriteIntent Of(string patientId)
        {
            glimpses.Name(patientId);
            return Intent(resource, id, patientId, ifVersion);
        }
    }

    /// <summary>A delete falls under what it deletes.</summary>
    public static WriteIntent Delete(OpenedVersion current, string? patientId, uint? ifVersion) => new(
        current.Type, current.Id, patientId, current.Link?.Category ?? Category.Documents, Deleted: true, [], (_, _) => default)
    { IfVersion = ifVersion, With = current.Type == "Consent" ? ConsentRequestStore.Wake : null };

    /// <summary>FHIR id of the patient in a reference; null where it is not one of this server's.</summary>
    public string? PatientIdOf(string reference) =>
        FhirReference.Parse(server.Normalise(reference)) is { Base: null, Type: "Patient" } parsed ? parsed.Id : null;

    /// <summary>The first thing that a profile of this server's, which the resource names, has against it. Null where there is none.</summary>
    private OperationOutcome.IssueComponent? FindProfileFault(Resource resource)
    {
        var errors = profiles.CheckDeclared(resource).Where(issue => issue.Severity == OperationOutcome.IssueSeverity.Error).ToList();
        if (errors.Count == 0)
        {
            return null;
        }

        errors[0].Diagnostics += errors.Count > 1 ? $" There are {errors.Count - 1} more faults: $validate names them." : "";
        return errors[0];
    }

    private WriteIntent Intent(Resource resource, string id, string? patientId, uint? ifVersion) => new(
        resource.TypeName,
        id,
        patientId,
        patientId is null ? Category.Documents : classifier.Classify(resource),
        Deleted: false,
        SearchTokens.Describe(WithId(resource, id), server, time.GetUtcNow()),
        (version, at) =>
        {
            new ResourceVersion(resource.TypeName, id, version.ToString(System.Globalization.CultureInfo.InvariantCulture), at).Stamp(resource);
            return FhirJson.Write(resource);
        })
    {
        IfVersion = ifVersion,
    };

    private static Resource WithId(Resource resource, string id)
    {
        resource.Id = id;
        return resource;
    }

    private OwnerOf? FindOwnerOfTarget(ResourceReference reference, IReadOnlyDictionary<string, Resource>? alongside, Glimpses glimpses, int depth)
    {
        if (depth > 4 || FhirReference.Parse(server.Normalise(reference.Reference ?? "")) is not { Base: null } target)
        {
            return null;
        }

        if (alongside?.GetValueOrDefault(target.Relative) is { } neighbour)
        {
            return neighbour is Hl7.Fhir.Model.Patient
                ? new OwnerOf.Patient(target.Relative)
                : OwnershipTable.Find(neighbour, next => FindOwnerOfTarget(next, alongside, glimpses, depth + 1), server);
        }

        if (reader.Find(target.Type, target.Id) is not { } stored)
        {
            return null;
        }

        glimpses.Find(stored);
        return stored.PatientRow == 0 ? new OwnerOf.Directory()
            : patients.FindByRow(stored.PatientRow) is { } patient ? new OwnerOf.Patient($"Patient/{patient.Id}")
            : null;
    }

    private static OperationOutcome.IssueComponent NotLocal(string reference) => Outcome.Error(
        OperationOutcome.IssueType.BusinessRule, $"The patient '{(reference.Length <= 100 ? reference : reference[..100])}' is not one of this server's: create the Patient here first.");
}
