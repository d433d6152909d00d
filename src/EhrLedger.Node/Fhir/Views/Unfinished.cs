using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Views;

/// <summary>Stands on a view of which only as much was made as a search looks at. The rest is made of those that are shown.</summary>
internal sealed record Unfinished(Func<Resource> Complete)
{
    /// <summary>The whole of a view.</summary>
    public static Resource Finish(Resource shown) => shown.Annotations(typeof(Unfinished)).OfType<Unfinished>().FirstOrDefault() is { } unfinished ? unfinished.Complete() : shown;
}
