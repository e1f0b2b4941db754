using System.Globalization;
using Mover.Core.AgentProtocol;

namespace Mover.Core.Arm;

/// <summary>Refusals of the agent channel.</summary>
public static partial class ArmErrors
{
    /// <summary>409: a newer claim owns the run. The agent that hears it stops the run and writes nothing more.</summary>
    public static ArmError RunOwnedElsewhere(ResourceId run, long epoch) =>
        new(409, "RunOwnedElsewhere", $"Job run '{run.Name}' has been claimed under a newer epoch than {epoch}. Stop working on it.");

    /// <summary>409: a run of which the control plane lost the beginning cannot be recorded again.</summary>
    public static ArmError RunNotTakenOver(ResourceId run, string why) =>
        new(409, "RunNotTakenOver", $"Job run '{run.Name}' is not known here and was not taken over: {why.TrimEnd('.')}. The files it "
            + "copied remain at the target; the next run of the job compares them.");

    /// <summary>409: the run is over, and not by this report.</summary>
    public static ArmError RunEnded(ResourceId run, string status) =>
        new(409, "RunEnded", $"Job run '{run.Name}' has already ended ({status}); the report was ignored.");

    /// <summary>403: the caller is not the agent that the route names.</summary>
    public static ArmError NotThisAgent(ResourceId agent) =>
        new(403, "AuthorizationFailed",
            $"The caller is not the identity of agent '{agent.Name}': its registered machine has another principal.");

    /// <summary>400: a message of the agent channel with a value that is missing or beyond its limit.</summary>
    public static ArmError AgentMessageInvalid(string why, string? target = null) =>
        new(400, "InvalidRequestContent", $"The agent's message is invalid: {why}", target);

    /// <summary>429: an agent sends messages of one kind faster than <see cref="AgentChannelLimits"/> allow.</summary>
    public static ArmError AgentTooFast(string kind, TimeSpan wait)
    {
        var seconds = Math.Max(1, Math.Ceiling(wait.TotalSeconds));
        return new(429, "TooManyRequests", string.Create(
            CultureInfo.InvariantCulture, $"The agent sends '{kind}' too often. Retry after {seconds} s."),
            RetryAfter: TimeSpan.FromSeconds(seconds));
    }

    /// <summary>403: nothing is known that would give the run a right to the container.</summary>
    public static ArmError NoDataCredentials(ResourceId account, string why) =>
        new(403, "AuthorizationFailed", $"No credentials for storage account '{account.Name}': {why}");
}
