using System.Security.Claims;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.State.Documents;

namespace Mover.Server.AgentChannel;

/// <summary>An agent that has proved who it is.</summary>
internal sealed record ChannelAgent(ResourceId Id, MoverAgentProperties Properties, string PrincipalId)
{
    /// <summary>The address by which it reached this instance.</summary>
    public string? Address { get; init; }
}

/// <summary>
/// Lets an agent speak for itself and nobody else: the token's principal must be that of the machine the agent is registered with.
/// </summary>
internal sealed class ChannelAccess(DocumentStore documents)
{
    /// <summary>The agent, or why the caller may not speak for it.</summary>
    public Task<Result<ChannelAgent>> CheckAsync(ResourceId id, ClaimsPrincipal caller, CancellationToken cancel) =>
        CheckAsync(id, caller.FindFirstValue("oid"), cancel);

    /// <summary>The agent, or why the principal may not speak for it, or no longer.</summary>
    public async Task<Result<ChannelAgent>> CheckAsync(ResourceId id, string? principalId, CancellationToken cancel)
    {
        if (await documents.GetAsync(id, MoverJson.Wire.MoverAgent, cancel) is not { } agent
            || agent.Value.Properties is not { } properties)
        {
            return ArmErrors.ResourceNotFound(id);
        }

        var principal = ResourceId.TryParse(properties.ArcResourceId, out var machineId)
            && await documents.GetAsync(machineId, MoverJson.Wire.HybridMachine, cancel) is { } machine
                ? machine.Value.Identity?.PrincipalId
                : null;
        return principal is { Length: > 0 } && string.Equals(principal, principalId, StringComparison.OrdinalIgnoreCase)
            ? new ChannelAgent(agent.Key.Id, properties, principal)
            : ArmErrors.NotThisAgent(id);
    }
}
