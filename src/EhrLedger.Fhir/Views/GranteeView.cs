using System.Collections;
using EhrLedger.Fhir.Ownership;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Sharing;
using Hl7.Fhir.Model;

namespace EhrLedger.Fhir.Views;

/// <summary>
/// Shows a granted record to its grantee: under its record id, about the grantee's own patient, and without a trace of what is not granted.
/// </summary>
/// <remarks>
/// The patient is shown as the grantee's own, without the author's name or number for it. A reference that is not granted goes with its display and identifier, because those tell as much as the target would. What is left empty by that
/// goes too: a list entry without its item, a section without its entries. Contained and bundled resources are treated alike.
/// The narrative is dropped whenever a reference was removed: it may say in words what the reference said in data, and nothing can tell which words.
/// Otherwise only its links go. Extensions are walked like all else.
/// </remarks>
/// <param name="rewrite">
/// For each reference as written (absolute, relative or conditional): the one to show in its place, null to remove it. The patient's own
/// references come here as well, so the local patient is put in their place here. Fragments are not asked for.
/// </param>
public sealed class GranteeView(Func<string, string?> rewrite)
{
    /// <summary>System of the tag that marks a record as another organisation's.</summary>
    public const string TagSystem = "urn:ehrledger:tag";

    /// <summary>Code of that tag.</summary>
    public const string ForeignTag = "foreign";

    /// <summary>Makes the view.</summary>
    /// <param name="record">As opened. It is not changed.</param>
    /// <param name="recordId">Hex record id.</param>
    /// <returns>A copy; null if its own subject was removed, because then the record is not about the granted patient.</returns>
    public Resource? Show(Resource record, string recordId)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (!FhirReference.IsId(recordId))
        {
            throw new ArgumentException("Not a resource id.", nameof(recordId));
        }

        var view = (Resource)Copy(record);
        var trim = new Trim(view is Bundle bundle ? WithinBundle(bundle, recordId) : rewrite);
        trim.Clean(view);
        if (HasSubject(record) && !HasSubject(view))
        {
            return null;
        }

        if (trim.Removed)
        {
            DropNarratives(view);
        }

        view.Id = recordId;
        view.Meta ??= new Meta();
        view.Meta.Tag.RemoveAll(t => t.System == TagSystem);
        view.Meta.Tag.Add(new Coding(TagSystem, ForeignTag));
        return view;
    }

    private static Base Copy(Base record) => (Base)record.DeepCopy();

    /// <summary>
    /// What a stored Bundle's entries say of each other is part of the granted record, so it stays; the author's URLs do not, as they are ids of records
    /// that were not granted. Each entry is named after the record and its place instead.
    /// </summary>
    private Func<string, string?> WithinBundle(Bundle bundle, string recordId)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < bundle.Entry.Count; i++)
        {
            if (bundle.Entry[i].FullUrl is not { Length: > 0 } fullUrl)
            {
                continue;
            }

            var literal = FhirReference.Parse(fullUrl);
            var name = literal is null ? fullUrl : $"urn:ehrledger:entry:{recordId}:{i}";
            names.TryAdd(fullUrl, name);
            if (literal is not null)
            {
                names.TryAdd(literal.Relative, name);
                bundle.Entry[i].FullUrl = name;
            }
        }

        return reference => names.TryGetValue(reference, out var name) ? name : rewrite(reference);
    }

    private static bool HasSubject(Resource resource) =>
        (resource.TryGetValue("subject", out var subject) && subject is ResourceReference { Reference: not null })
        || (resource.TryGetValue("patient", out var patient) && patient is ResourceReference { Reference: not null });

    private static void DropNarratives(Resource view) => ElementWalk.Visit(view, element =>
    {
        switch (element)
        {
            case DomainResource resource:
                resource.Text = null;
                break;
            case Composition.SectionComponent section:
                section.Text = null;
                break;
            default:
                break;
        }

        return true;
    });

    /// <summary>One pass, children before parents, so that what becomes empty is seen as empty.</summary>
    private sealed class Trim(Func<string, string?> rewrite)
    {
        internal bool Removed { get; private set; }

        /// <returns>False if nothing is left of the element that was something before.</returns>
        internal bool Clean(Base node)
        {
            switch (node)
            {
                case ResourceReference reference:
                    return CleanReference(reference);
                case Attachment { Url: { Length: > 0 } url } attachment when FhirReference.Parse(url) is not null:
                    return CleanAttachment(attachment, url);
                case Meta meta:
                    meta.Tag.RemoveAll(tag => tag.System == RecordTag.TagSystem); // the author's id for its patient
                    meta.VersionId = null; // a gap in the numbers tells of versions between, which were not granted
                    return CleanChildren(meta);
                case Narrative { Div: { } div } narrative:
                    narrative.Div = NarrativeLinks.Remove(div);
                    CleanChildren(narrative);
                    return true;
                case FhirUri or FhirUrl when ((PrimitiveType)node).JsonValue is string text && FhirReference.Parse(text) is { } literal && LooksStored(literal):
                    ((PrimitiveType)node).JsonValue = Ask(text);
                    return ((PrimitiveType)node).JsonValue is not null;
                case PrimitiveType { HasElements: false }:
                    return true;
                default:
                    return CleanChildren(node);
            }
        }

        private bool CleanAttachment(Attachment attachment, string url)
        {
            if (Ask(url) is { } shown)
            {
                attachment.Url = shown;
                return true;
            }

            // Title, size and hash describe what is not granted.
            var type = attachment.ContentType;
            foreach (var (name, _) in attachment.EnumerateElements().ToArray())
            {
                attachment.SetValue(name, null);
            }

            attachment.ContentType = type;
            return false;
        }

        // Absolute URLs of type uri name code systems and profiles as often as resources; a node's own are relative by the time they are stored.
        private static bool LooksStored(FhirReference literal) => literal.Base is null;

        /// <summary>
        /// What loses a reference that R4 demands goes as a whole (a diagnosis without its condition), up to the resource, which keeps a masked one in
        /// its place: that it had one, R4 says of every such resource, so it tells nothing.
        /// </summary>
        private bool CleanChildren(Base node)
        {
            var lost = false;
            var gone = false;
            foreach (var (name, value) in node.EnumerateElements().ToArray())
            {
                Base? last = null;
                if (value is Base child && !Clean(child))
                {
                    last = child;
                    node.SetValue(name, null);
                }
                else if (value is IList list)
                {
                    for (var i = list.Count - 1; i >= 0; i--)
                    {
                        if (list[i] is Base item && !Clean(item))
                        {
                            list.RemoveAt(i);
                            last = item;
                        }
                    }

                    lost |= last is not null;
                    last = list.Count > 0 ? null : last;
                }

                if (last is null)
                {
                    continue;
                }

                lost = true;
                if (ModelInfo.ModelInspector.FindClassMapping(node)?.FindMappedElementByName(name)?.IsMandatoryElement is true)
                {
                    gone |= node is not Resource;
                    var masked = last is ResourceReference ? Masked() : last; // other elements were masked within
                    if (value is IList emptied)
                    {
                        emptied.Add(masked);
                    }
                    else
                    {
                        node.SetValue(name, masked);
                    }
                }
            }

            return node is Resource || (!gone && (!lost || HasMeaning(node)));
        }

        private static bool HasMeaning(Base node) => node switch
        {
            Composition.SectionComponent section => section.Entry.Count > 0 || section.Section.Count > 0, // a title alone names what is hidden
            Extension extension => extension.Value is not null || extension.Extension.Count > 0,
            _ => node.EnumerateElements().Any(),
        };

        private static ResourceReference Masked() => new()
        {
            Extension = [new Extension("http://hl7.org/fhir/StructureDefinition/data-absent-reason", new Code("masked"))],
        };

        private bool CleanReference(ResourceReference reference)
        {
            if (reference.Reference is { Length: > 0 } text)
            {
                if (text[0] == '#')
                {
                    return true; // the contained resource was trimmed itself
                }

                if (Ask(text) is not { } shown)
                {
                    return false;
                }

                reference.Reference = shown;
                switch (FhirReference.Parse(shown)?.Type)
                {
                    case "Patient":
                        // The author's number and name for its patient are demographics, whatever the record is.
                        reference.Identifier = null;
                        reference.Display = null;
                        break;
                    case { } type when SharingTable.Has(type):
                        // What is shared of an entry stands in the entry; of a person's numbers not all are.
                        reference.Identifier = null;
                        break;
                    default:
                        break;
                }

                CleanChildren(reference); // its extensions, and who assigned its identifier
                return true;
            }

            if (reference.Identifier is not null)
            {
                // A logical reference can be followed in any directory of its system, so it is as good as a literal one.
                Removed = true;
                return false;
            }

            return CleanChildren(reference);
        }

        private string? Ask(string text)
        {
            var shown = rewrite(text);
            Removed |= shown is null;
            return shown;
        }
    }
}
