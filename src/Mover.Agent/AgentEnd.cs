using Microsoft.Extensions.Hosting;

namespace Mover.Agent;

/// <summary>
/// Why an agent ends by itself: the control plane does not know it any more, because it was unregistered, or because another one was
/// registered under its name. Said by two beats in a row, so that no passing fault of the control plane ends an agent.
/// </summary>
public sealed class AgentEnd(IHostApplicationLifetime lifetime)
{
    /// <summary>Refused beats in a row that end the agent.</summary>
    public const int RefusalsMax = 2;

    private int _refusals;

    /// <summary>The control plane's sentence; null while the agent works or was told to stop.</summary>
    public string? Reason { get; private set; }

    internal void Accepted() => _refusals = 0;

    /// <summary>Notes that a beat was refused for good; true when the agent ends now.</summary>
    internal bool Refused(string why)
    {
        if (++_refusals < RefusalsMax || Reason is not null)
        {
            return false;
        }

        Reason = why;
        lifetime.StopApplication();
        return true;
    }
}
