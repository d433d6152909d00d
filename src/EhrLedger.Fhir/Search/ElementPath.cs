using System.Collections;
using EhrLedger.Fhir.References;
using Hl7.Fhir.FhirPath;
using Hl7.Fhir.Introspection;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Search;

/// <summary>
/// The FHIRPath expression of a search parameter, compiled for one resource type. R4's expressions use a small part of FHIRPath (dotted paths, casts,
/// where with one equality or one type test, an index); that part becomes direct calls on the POCOs, some twenty times faster than the interpreter,
/// which takes the few expressions that are left.
/// </summary>
internal sealed class ElementPath
{
    private readonly Step[][] branches;
    private readonly string? interpreted;

    private ElementPath(Step[][] branches, string? interpreted) => (this.branches, this.interpreted) = (branches, interpreted);

    /// <summary>Whether the interpreter is needed.</summary>
    internal bool IsInterpreted => interpreted is not null;

    /// <summary>Whether the type has the expression's elements at all.</summary>
    internal bool IsEmpty => branches.Length == 0 && interpreted is null;

    internal static ElementPath Compile(string expression, string resourceType)
    {
        var terms = PathGrammar.Split(expression);
        var branches = new List<Step[]>();
        foreach (var term in terms)
        {
            if (PathGrammar.Parse(term) is not { } parsed)
            {
                return new ElementPath([], expression);
            }

            if (parsed.Root == resourceType || parsed.Root is "Resource" or "DomainResource")
            {
                branches.Add(parsed.Steps);
            }
        }

        return new ElementPath([.. branches], null);
    }

    /// <summary>Adds the elements that the path finds to <paramref name="found"/>, in document order of each branch.</summary>
    internal void Collect(Base resource, List<Base> found)
    {
        if (interpreted is not null)
        {
            found.AddRange(resource.Select(interpreted).OfType<Base>());
            return;
        }

        foreach (var branch in branches)
        {
            Follow(resource, branch, 0, found);
        }
    }

    /// <summary>Whether the path finds one element at most in any resource of the type. False where that is not known.</summary>
    internal bool IsSingle(ClassMapping type)
    {
        if (branches.Length == 0)
        {
            return false;
        }

        // Several branches are one choice element told apart by type, or else several elements.
        string? first = null;
        foreach (var branch in branches)
        {
            var at = type;
            foreach (var step in branch)
            {
                if (step is not Step.Child child)
                {
                    continue;
                }

                if (at?.FindMappedElementByName(child.Name) is not { IsCollection: false } property)
                {
                    return false;
                }

                if (ReferenceEquals(at, type))
                {
                    if (first is not null && first != child.Name)
                    {
                        return false;
                    }

                    first = child.Name;
                }

                at = property.FhirTypeMappings.Count == 1 ? property.FhirTypeMappings[0] : null;
            }
        }

        return true;
    }

    private static void Follow(Base node, Step[] steps, int at, List<Base> found)
    {
        for (; at < steps.Length; at++)
        {
            switch (steps[at])
            {
                case Step.Child child:
                    if (!node.TryGetValue(child.Name, out var value))
                    {
                        return;
                    }

                    if (value is Base single)
                    {
                        node = single;
                        continue;
                    }

                    if (value is IList list)
                    {
                        var count = child.Index is null ? list.Count : Math.Min(list.Count, child.Index.Value + 1);
                        for (var i = child.Index ?? 0; i < count; i++)
                        {
                            if (list[i] is Base item)
                            {
                                Follow(item, steps, at + 1, found);
                            }
                        }
                    }

                    return;
                case Step.OfType ofType:
                    if (!ofType.Covers(node))
                    {
                        return;
                    }

                    continue;
                case Step.RefersTo refersTo:
                    if (!refersTo.Holds(node))
                    {
                        return;
                    }

                    continue;
                case Step.Equal equal:
                    if (!equal.Holds(node))
                    {
                        return;
                    }

                    continue;
                default:
                    throw new InvalidOperationException("Step is closed.");
            }
        }

        found.Add(node);
    }

    /// <summary>One step of a compiled path.</summary>
    internal abstract record Step
    {
        private Step()
        {
        }

        internal sealed record Child(string Name, int? Index = null) : Step;

        internal sealed record OfType(string Type) : Step
        {
            internal bool Covers(Base node) => node.TypeName == Type || (Type == "Quantity" && node is Quantity);
        }

        /// <summary><c>where(resolve() is Type)</c>: told from the reference's text or its type element; nothing is fetched.</summary>
        internal sealed record RefersTo(string Type) : Step
        {
            internal bool Holds(Base node) => node switch
            {
                ResourceReference reference => (FhirReference.Parse(reference.Reference)?.Type ?? reference.Type) == Type
                    || (reference.Reference is { Length: > 0 } text && text.StartsWith(Type + "?", StringComparison.Ordinal)),
                _ => node.TypeName == Type,
            };
        }

        /// <summary><c>where(element='value')</c>.</summary>
        internal sealed record Equal(string Name, string Value) : Step
        {
            internal bool Holds(Base node) =>
                node.TryGetValue(Name, out var value) && value is PrimitiveType { JsonValue: string text } && text == Value;
        }
    }
}
