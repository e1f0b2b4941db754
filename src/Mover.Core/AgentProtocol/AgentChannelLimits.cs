namespace Mover.Core.AgentProtocol;

/// <summary>How often one agent may send one kind of message: so many at once, and so many a second for ever.</summary>
/// <param name="Burst">Messages that an agent which has rested may send at once.</param>
/// <param name="PerSecond">Messages a second that come back.</param>
public sealed record ChannelRate(int Burst, double PerSecond);

/// <summary>Times, sizes and rates that both ends of the channel agree on.</summary>
public static class AgentChannelLimits
{
    /// <summary>How often an agent beats.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(10);

    /// <summary>The shortest time between two beats, however often the agent's condition changes.</summary>
    public static readonly TimeSpan BeatIntervalMin = TimeSpan.FromMilliseconds(250);

    /// <summary>An agent that was not heard for this long is shown as Offline.</summary>
    public static readonly TimeSpan OfflineAfter = TimeSpan.FromSeconds(30);

    /// <summary>The longest wait of a call for work.</summary>
    public static readonly TimeSpan WorkWaitMax = TimeSpan.FromSeconds(30);

    /// <summary>How long a run's lease lives without a sign of its owner.</summary>
    public static readonly TimeSpan RunLease = TimeSpan.FromSeconds(60);

    /// <summary>How far an agent's clock may differ from the control plane's before it is told and allowed for.</summary>
    public static readonly TimeSpan ClockSkewMax = TimeSpan.FromMinutes(1);

    /// <summary>Beats: one every <see cref="BeatIntervalMin"/> at most.</summary>
    public static readonly ChannelRate BeatRate = new(40, 5);

    /// <summary>Calls for work: one for each run that is given, and one every <see cref="WorkWaitMax"/>.</summary>
    public static readonly ChannelRate WorkRate = new(400, 50);

    /// <summary>Reports: of <see cref="RunsMax"/> runs, several a second each.</summary>
    public static readonly ChannelRate ReportRate = new(400, 100);

    /// <summary>Batches of the copy log.</summary>
    public static readonly ChannelRate LogRate = new(400, 50);

    /// <summary>Requests for credentials: two for each run, and again before they end.</summary>
    public static readonly ChannelRate CredentialRate = new(200, 20);

    /// <summary>Addresses of the control plane that are told, and those that a client keeps.</summary>
    public const int AddressesMax = 16;

    /// <summary>
    /// The header of an answer that says that the instance leaves: whatever is asked next goes to another address. Its value is
    /// <c>true</c>.
    /// </summary>
    public const string LeavingHeader = "x-mover-leaving";

    /// <summary>Runs that one agent works on at once.</summary>
    public const int RunsMax = 16;

    /// <summary>Entries of one copy log batch.</summary>
    public const int LogBatchMax = 500;

    /// <summary>Characters of one entry's path in the copy log; the agent cuts longer ones.</summary>
    public const int LogPathCharsMax = 2048;

    /// <summary>Characters of one entry's details in the copy log; the agent cuts longer ones.</summary>
    public const int LogDetailsCharsMax = 1024;

    /// <summary>Bytes of one copy log batch, as JSON.</summary>
    public const int LogBytesMax = 768 * 1024;

    /// <summary>Bytes of one report, as JSON.</summary>
    public const int ReportBytesMax = 384 * 1024;

    /// <summary>Bytes of every other message, as JSON.</summary>
    public const int MessageBytesMax = 64 * 1024;

    /// <summary>Warnings of a report, and those that a run keeps.</summary>
    public const int WarningsMax = 32;

    /// <summary>Characters of a run's ARM id.</summary>
    public const int RunIdCharsMax = 1024;

    /// <summary>Characters of the names of a process, a journal, a host, a version, an address or a time zone.</summary>
    public const int NameCharsMax = 128;

    /// <summary>Characters of a problem's code.</summary>
    public const int CodeCharsMax = 64;

    /// <summary>Characters of a problem's message.</summary>
    public const int MessageCharsMax = 1024;

    /// <summary>Characters of a problem's target.</summary>
    public const int TargetCharsMax = 512;
}
