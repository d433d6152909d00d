using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.Patch;
using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Patch;

/// <summary>patch.</summary>
internal sealed class Patcher(FhirWriter writer, Patching patching)
{
    /// <summary>A patch without If-Match goes over whatever stands there: it is made again where another write came first, and so often at most.</summary>
    public const int MostTries = 10;

    public async Task<FhirAnswer> PatchAsync(string type, string id, HttpRequest request, CancellationToken cancellationToken)
    {
        var (asking, notOpen) = FhirCaller.For(request, type, Interactions.Update);
        if (asking is null)
        {
            return notOpen!;
        }

        var (patch, refusal) = await ReadAsync(request, cancellationToken);
        return patch is null ? refusal! : await PatchAsync(type, id, patch, request, asking, cancellationToken);
    }

    public async Task<FhirAnswer> PatchAsync(string type, string id, ResourcePatch patch, HttpRequest request, Asking asking, CancellationToken cancellationToken)
    {
        if (writer.IsForeign(type, id))
        {
            return FhirWriter.ReadOnly();
        }

        if (!FhirWriter.TryReadIfMatch(request, out var ifVersion))
        {
            return FhirWriter.BadIfMatch();
        }

        for (var tries = 1; ; tries++)
        {
            switch (await patching.ApplyAsync(type, id, patch, ifVersion, asking, cancellationToken))
            {
                case Patched.Refused(var status, var issues):
                    return FhirAnswer.Failed(status, issues);
                case Patched.Applied(var resource, var version):
                    var answer = await writer.WriteOneAsync(resource, id, version, request, asking, cancellationToken, isKnown: false);
                    if (answer.Status != StatusCodes.Status412PreconditionFailed || ifVersion is not null)
                    {
                        return answer;
                    }

                    break;
            }

            if (tries == MostTries)
            {
                return FhirAnswer.Failed(StatusCodes.Status409Conflict, OperationOutcome.IssueType.Conflict, "The resource was changed meanwhile, again and again.");
            }
        }
    }

    /// <summary>One of the two is null.</summary>
    public static async Task<(ResourcePatch? Patch, FhirAnswer? Refusal)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentType?.Split(';')[0].Trim().Equals(JsonPatch.MediaType, StringComparison.OrdinalIgnoreCase) is true)
        {
            var (bytes, refusal) = await FhirBody.ReadBytesAsync(request, cancellationToken);
            return bytes is { } body ? Answer(JsonPatch.Parse(body)) : (null, refusal);
        }

        var (resource, unread) = await FhirBody.ReadAsync(request, cancellationToken);
        return resource switch
        {
            null => (null, unread),
            Parameters parameters => Answer(FhirPathPatch.Parse(parameters)),
            _ => (null, FhirAnswer.Failed(StatusCodes.Status400BadRequest, OperationOutcome.IssueType.Invalid, $"A patch is a Parameters resource, or a JSON Patch sent as {JsonPatch.MediaType}.")),
        };

        static (ResourcePatch?, FhirAnswer?) Answer((ResourcePatch? Patch, OperationOutcome.IssueComponent? Issue) read) =>
            (read.Patch, read.Issue is null ? null : FhirAnswer.Failed(StatusCodes.Status400BadRequest, [read.Issue]));
    }
}
