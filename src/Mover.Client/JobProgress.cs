using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Client.Arm;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;

namespace Mover.Client;

/// <summary>What the control plane knows of a run beyond its resource.</summary>
public static class JobProgress
{
    /// <summary>
    /// A mirror's deletions and the large files on their way; empty before they begin, after the run's end, and at a server that does not
    /// tell.
    /// </summary>
    public static async Task<RunProgressAnswer> FindProgressAsync(this MoverClient client, ResourceId run, CancellationToken cancel)
    {
        try
        {
            var answer = await client.Pipeline.SendAsync(new(HttpMethod.Get, MoverClient.Url($"{run.Text}/progress")), cancel)
                .ConfigureAwait(false);
            return answer.Body is JsonObject body ? body.Deserialize(AgentProtocolJson.Default.RunProgressAnswer) ?? new() : new();
        }
        catch (ArmException refused) when (refused.Error.Status == 404)
        {
            return new();
        }
    }
}
