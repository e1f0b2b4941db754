using Mover.Core.Arm;

namespace Mover.Client.Agent;

/// <summary>The control plane could not be asked, or did not accept who asks.</summary>
/// <param name="status">The HTTP status; 0 when there was no answer.</param>
/// <param name="code">The error code of the answer, or <c>Unreachable</c>.</param>
/// <param name="message">What happened; no secrets.</param>
/// <param name="inner">The cause.</param>
public sealed class AgentChannelException(int status, string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The control plane does not know the agent: it was unregistered, or another one has its name.</summary>
    public const string UnknownAgent = "UnknownAgent";

    /// <summary>The HTTP status; 0 when there was no answer.</summary>
    public int Status { get; } = status;

    /// <summary>The error code.</summary>
    public string Code { get; } = code;

    /// <summary>True when asking again later may help.</summary>
    public bool IsTransient => Status is 0 or 408 or 429 or >= 500 || Code == ArmErrors.ConcurrentRequest;
}
