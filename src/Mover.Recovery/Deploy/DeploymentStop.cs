using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Arm;
using Mover.Recovery.Plans;

namespace Mover.Recovery.Deploy;

/// <summary>
/// Ends what a killed command began to deploy, so that nothing is created while it is taken back: a deployment continues at the control
/// plane when its command is gone.
/// </summary>
public sealed class DeploymentStop(MoverClient client, TimeProvider clock)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    /// <summary>Cancels the deployments of a plan, and waits until they have ended. Their parts end with them.</summary>
    /// <param name="subscription">The subscription of the destination.</param>
    /// <param name="plan">The plan's id; nothing happens when it was never deployed there.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task RunAsync(string subscription, string plan, CancellationToken cancel)
    {
        var to = new PlanTarget(string.Empty, subscription, string.Empty, string.Empty);
        foreach (var deployment in new[] { WhatIf.DeploymentOf(to, $"{plan}-first"), WhatIf.DeploymentOf(to, plan) })
        {
            if (await IsActiveAsync(deployment, cancel))
            {
                await CancelAsync(deployment, cancel);
            }

            while (await IsActiveAsync(deployment, cancel))
            {
                await Task.Delay(Pace, clock, cancel);
            }
        }
    }

    private async Task CancelAsync(ResourceId deployment, CancellationToken cancel)
    {
        try
        {
            await client.PostAsync(deployment, "cancel", null, cancel);
        }
        catch (ArmException over) when (over.Error.Status is 404 or 409)
        {
            // It has ended meanwhile.
        }
    }

    private async Task<bool> IsActiveAsync(ResourceId deployment, CancellationToken cancel) =>
        (await client.FindAsync(deployment, cancel))?["properties"]?["provisioningState"]?.ToString()
            is not (null or "Succeeded" or "Failed" or "Canceled");
}
