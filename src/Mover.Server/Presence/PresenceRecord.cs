using System.Text.Json.Serialization;
using Mover.Core.AgentProtocol;
using Mover.Server.Background;

namespace Mover.Server.Presence;

/// <summary>What is known of an agent: kept beside the resource, so that beats change neither its ETag nor its stamps.</summary>
/// <param name="Status">One of <c>AgentStatuses</c>.</param>
/// <param name="HeardAt">The last beat that was written.</param>
/// <param name="Instance">The server that heard it.</param>
/// <param name="Telemetry">What the agent said of itself.</param>
internal sealed record PresenceRecord(string AgentId, string Status, DateTimeOffset HeardAt, string Instance, AgentTelemetry Telemetry);

/// <summary>
/// There while an instance hears an agent, bound to that instance's lease: when the instance dies, so do its holds. Written only with the
/// agent's <see cref="PresenceRecord"/>, so that whoever relies on that being unchanged relies on no hold having come.
/// </summary>
/// <param name="AgentId">The agent's ARM id.</param>
/// <param name="Instance">The instance.</param>
internal sealed record AgentHold(string AgentId, string Instance);

/// <summary>JSON of what is kept of agents' presence.</summary>
[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PresenceRecord))]
[JsonSerializable(typeof(AgentHold))]
internal sealed partial class PresenceJson : JsonSerializerContext;
