using System.Text.Json;
using EhrLedger.Client.Transport;

namespace EhrLedger.Client.Nodes;

/// <summary>What a node says about itself: JSON, its word only.</summary>
public sealed class OperatorCalls
{
    private const int LargestReport = 1 << 20;

    private readonly NodeCaller _caller;

    internal OperatorCalls(NodeCaller caller) => _caller = caller;

    /// <summary>How it does. The caller disposes of the document.</summary>
    public Task<Answer<JsonDocument>> ReadHealthAsync(CancellationToken cancellationToken) => ReadAsync("/health", cancellationToken);

    /// <summary>What it has cried about. The caller disposes of the document.</summary>
    public Task<Answer<JsonDocument>> ReadAlarmsAsync(CancellationToken cancellationToken) => ReadAsync("/alarms", cancellationToken);

    private async Task<Answer<JsonDocument>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var answer = await _caller.GetAsync(path, null, LargestReport, cancellationToken).ConfigureAwait(false);
        return answer.Then(Parse, "a report that is not JSON");
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32 });
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
