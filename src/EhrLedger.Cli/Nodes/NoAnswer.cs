using EhrLedger.Client.Transport;

namespace EhrLedger.Cli.Nodes;

/// <summary>What to say where a node gave nothing.</summary>
internal static class NoAnswer
{
    extension<T>(Answer<T> answer)
    {
        /// <summary>One sentence that names the node.</summary>
        /// <exception cref="InvalidOperationException">There is an answer.</exception>
        public string WhyNoNode(Uri node) => answer switch
        {
            Answer<T>.Refused(var status, _) => $"{node} answers HTTP {status}: there is no node of EhrLedger.",
            Answer<T>.Unavailable(var why) => $"{node}: {why}.",
            Answer<T>.Untrue(var why) => $"{node} gives {why}.",
            _ => throw new InvalidOperationException("There is an answer."),
        };
    }
}
