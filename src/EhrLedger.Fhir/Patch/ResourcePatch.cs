using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Outcomes;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Patch;

/// <summary>A patch that has been read (FHIR R4 §3.1.0.10): what it does to a resource is known only with the resource. All of it applies, or nothing.</summary>
public abstract class ResourcePatch
{
    /// <summary>Operations in one patch.</summary>
    public const int MaxOperations = 1_000;

    /// <summary>Applies the patch to a resource of this server's own.</summary>
    /// <param name="json">A stored version. It is not changed.</param>
    /// <returns>Never throws on a hostile patch.</returns>
    public PatchResult Apply(ReadOnlySpan<byte> json)
    {
        if (FhirJson.Parse(json) is not ParsedResource.Accepted { Resource: var before })
        {
            throw new ArgumentException("Not a valid resource.", nameof(json));
        }

        // Taken before anything changes: a patch must not be able to move what it is held against.
        var identity = new Identity(before.TypeName, before.Id, before.Meta?.VersionId, before.Meta?.LastUpdatedElement?.JsonValue);
        var (patched, issue) = Change(before, json);
        return patched is null
            ? new PatchResult.Refused([issue!])
            : FhirJson.Parse(patched).Match(identity.Hold, issues => new PatchResult.Refused(issues));
    }

    /// <summary>One of the two is null.</summary>
    /// <param name="before">Of the bytes. May be changed.</param>
    /// <param name="json">The stored bytes.</param>
    private protected abstract (byte[]? Patched, OperationOutcome.IssueComponent? Issue) Change(Resource before, ReadOnlySpan<byte> json);

    private protected static OperationOutcome.IssueComponent Unfit(string text, string? expression) => Outcome.Error(OperationOutcome.IssueType.Processing, text, expression);

    private sealed record Identity(string Type, string? Id, string? Version, object? Updated)
    {
        public PatchResult Hold(Resource after) =>
            after.TypeName != Type ? Moved("the type", null)
            : after.Id != Id ? Moved("id", $"{Type}.id")
            : after.Meta?.VersionId is { } version && version != Version ? Moved("meta.versionId", $"{Type}.meta.versionId")
            : after.Meta?.LastUpdatedElement?.JsonValue is { } updated && !Equals(updated, Updated) ? Moved("meta.lastUpdated", $"{Type}.meta.lastUpdated")
            : new PatchResult.Patched(after);

        private static PatchResult.Refused Moved(string element, string? expression) =>
            new([Outcome.Error(OperationOutcome.IssueType.BusinessRule, $"A patch can't change {element}: only the server does.", expression)]);
    }
}
