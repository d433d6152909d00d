namespace Quickstart;

/// <summary>A step did not do what it says.</summary>
internal sealed class StepFailedException(string message) : Exception(message);
