using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Client.Arm;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;

namespace Mover.Client;

/// <summary>What the control plane knows of a run beyond its resource.</summary>
public static class JobProgress
{
    /// <summary>
    /// How far a mirror's deletions are; null before they begin, after the run's end, when there are none, and at a server that does not
    /// tell.
    /// </summary>
    public static async Task<DeletionProgress?> FindDeletionsAsync(this MoverClient client, ResourceId run, CancellationToken cancel)
    {
        try
        {
            var answer = await client.Pipeline.SendAsync(new(HttpMethod.Get, MoverClient.Url($"{run.Text}/progress")), cancel)
                .ConfigureAwait(false);
            return answer.Body is JsonObject body ? body.Deserialize(AgentProtocolJson.Default.RunProgressAnswer)?.Deletions : null;
        }
        catch (ArmException refused) when (refused.Error.Status == 404)
        {
            return null;
        }
    }
}
