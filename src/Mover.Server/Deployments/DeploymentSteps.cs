using System.Security.Cryptography;
using System.Text;
using Mover.Core.Arm;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.Deployments;

/// <summary>The steps of deployments, in an area that mirrors the resources.</summary>
internal sealed class DeploymentSteps(DocumentStore documents)
{
    private const int Page = 200;

    public static MirroredArea Area { get; } = new("deploymentsteps");

    /// <summary>The id of a step: the same whenever the same is done again.</summary>
    public static string IdOf(string instance, string operation, string target) => Convert.ToHexString(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{instance}\n{operation}\n{ArmCase.Lower(target)}")).AsSpan(0, 8));

    /// <summary>The write of a step.</summary>
    public static DocumentWrite WriteOf(DeploymentRecord deployment, DeploymentStep step) =>
        DocumentWrite.Put(KeyOf(deployment, step.OperationId), step, DeploymentsJson.Stored.DeploymentStep);

    /// <summary>A step; null when it was not begun.</summary>
    public async Task<DeploymentStep?> FindAsync(DeploymentRecord deployment, string id, CancellationToken cancel) =>
        (await documents.GetAsync(KeyOf(deployment, id), DeploymentsJson.Stored.DeploymentStep, cancel))?.Value;

    /// <summary>All of them, the latest first.</summary>
    public async Task<List<DeploymentStep>> ListAsync(DeploymentRecord deployment, CancellationToken cancel)
    {
        var all = new List<DeploymentStep>();
        string? after = null;
        do
        {
            var page = await documents.ListInternalAsync(
                PlaceOf(deployment), DeploymentsJson.Stored.DeploymentStep, after, Page, cancel);
            all.AddRange(page.Documents.Select(document => document.Value));
            after = page.Next;
        }
        while (after is not null);
        return [.. all.OrderByDescending(step => step.Timestamp).ThenBy(step => step.OperationId, StringComparer.Ordinal)];
    }

    private static DocumentKey PlaceOf(DeploymentRecord deployment) =>
        DocumentKey.Internal([.. Area.KeyOf(deployment.ResourceId).Text.Split('/'), deployment.Instance]);

    private static DocumentKey KeyOf(DeploymentRecord deployment, string id) =>
        DocumentKey.Internal([.. PlaceOf(deployment).Text.Split('/'), ArmCase.Lower(id)]);
}
