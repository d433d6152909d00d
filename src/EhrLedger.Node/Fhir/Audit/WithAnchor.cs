using EhrLedger.Fhir.Views;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir.Audit;

/// <summary>Puts an anchor on a view.</summary>
internal static class WithAnchor
{
    /// <param name="made">It is not changed.</param>
    /// <param name="anchor">Null for none yet.</param>
    public static T Of<T>(T made, AnchorExtension? anchor)
        where T : DomainResource
    {
        var whole = (T)made.DeepCopy();
        whole.Extension.AddRange(anchor is null ? [] : [anchor.ToExtension()]);
        return whole;
    }
}
