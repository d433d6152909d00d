using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Hosting;

/// <summary>What the console says when the node is up.</summary>
internal static class Greeting
{
    /// <summary>Who, where, and what to do next.</summary>
    public static void Print(NodeIdentity identity, NodeSettings settings)
    {
        var url = settings.AllUrls()[0].TrimEnd('/');
        var consortium = identity.Genesis.Members.Count == 1
            ? "a consortium of its own"
            : $"the consortium '{identity.Genesis.Name}' of {identity.Genesis.Members.Count}, as {(identity.IsSequencer ? "its sequencer" : "a follower")}";
        Console.WriteLine(
            $"""
            EhrLedger runs.
              Organisation  {settings.Name}, in {consortium}
              Name          {identity.Organisation}
              Genesis       {identity.Genesis.Digest}
              FHIR          {url}/fhir
              Data          {settings.Data}
              Keys          {settings.Keys}  (not in the data folder: back them up apart)
            Next: POST a Patient to {url}/fhir/Patient, or look at {url}/health. Ctrl+C stops the node.
            """);
    }
}
