using System.Collections;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.References;

/// <summary>Visits every element of a resource, contained and bundled resources included, parents before children.</summary>
internal static class ElementWalk
{
    /// <summary>Visits the node itself first; where <paramref name="visit"/> answers false, its children are left out.</summary>
    internal static void Visit(Base node, Func<Base, bool> visit)
    {
        if (!visit(node))
        {
            return;
        }

        foreach (var (_, value) in node.EnumerateElements())
        {
            if (value is Base child)
            {
                Visit(child, visit);
            }
            else if (value is IList list)
            {
                for (var i = 0; i < list.Count; i++)
                {
                    if (list[i] is Base item)
                    {
                        Visit(item, visit);
                    }
                }
            }
        }
    }
}
