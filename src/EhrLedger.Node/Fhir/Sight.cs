using EhrLedger.Node.Authoring;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Fhir;

/// <summary>What of this author's own records a caller's scopes let it deal with. The rest is to it as if it were not there.</summary>
internal sealed class Sight(AuthorReader reader, PatientDirectory patients)
{
    /// <summary>Whether an opened version is within the scopes. Of one that was deleted only those scopes know that ask for nothing in it.</summary>
    public bool Sees(Asking asking, OpenedVersion version)
    {
        if (asking.Access.SeesWhole(asking.Needs, version.Type))
        {
            return true;
        }

        var owner = OwnerOf(version.Resource);
        return asking.Access.SeesAnyOf(asking.Needs, version.Type, owner)
            || (!version.Deleted && asking.Access.MayReach(asking.Needs, version.Type, owner) && AuthorSearch.Read(version) is { } resource && asking.Access.Sees(asking.Needs, resource, owner));
    }

    /// <summary>The same for one that has been read.</summary>
    public bool Sees(Asking asking, StoredResource stored, Resource resource) =>
        asking.Access.SeesWhole(asking.Needs, resource.TypeName) || asking.Access.Sees(asking.Needs, resource, OwnerOf(stored));

    /// <summary>Whether a stored resource is within the scopes whatever it says, as where it can't be read.</summary>
    public bool SeesAnyOf(Asking asking, StoredResource stored, string type) =>
        asking.Access.SeesWhole(asking.Needs, type) || asking.Access.SeesAnyOf(asking.Needs, type, OwnerOf(stored));

    /// <summary>Whether a stored resource is within the scopes if it says the right things. Where not, there is no need to open it.</summary>
    public bool MayReach(Asking asking, StoredResource stored, string type) => asking.Access.MayReach(asking.Needs, type, OwnerOf(stored));

    /// <summary>
    /// Whether a resource may be written: as it is to be, its content final but for id and version, and in place of what stands there. Where what stands there is not within the scopes, its id is taken all the
    /// same: this is the one answer that can't be that of a resource that does not exist.
    /// </summary>
    public bool MayWrite(Asking asking, Resource resource, WriteIntent intent) =>
        asking.Access.Sees(asking.Needs, resource, intent.PatientId)
        && (asking.Access.SeesWhole(asking.Needs, intent.Type)
            || reader.Find(intent.Type, intent.Id) is not { Deleted: false } stored
            || (reader.Open(stored, stored.CurrentVersion) is { } current ? Sees(asking, current) : SeesAnyOf(asking, stored, intent.Type)));

    private string? OwnerOf(StoredResource stored) => stored.PatientRow == 0 ? null : patients.FindByRow(stored.PatientRow)?.Id;
}
