namespace Mover.Core.Resources;

// The values of the API's extensible string enums. They are strings, so that a value of a newer api-version survives reading and writing.

/// <summary>Values of <c>identity.type</c>.</summary>
public static class IdentityTypes
{
    /// <summary>No identity.</summary>
    public const string None = "None";

    /// <summary>One identity that lives and dies with the resource.</summary>
    public const string SystemAssigned = "SystemAssigned";

    /// <summary>Identities that live on their own.</summary>
    public const string UserAssigned = "UserAssigned";

    /// <summary>Both kinds.</summary>
    public const string Both = "SystemAssigned,UserAssigned";
}

/// <summary>Values of <c>provisioningState</c>.</summary>
public static class ProvisioningStates
{
    /// <summary>The resource is as it was asked for.</summary>
    public const string Succeeded = "Succeeded";

    /// <summary>The last change was cancelled.</summary>
    public const string Canceled = "Canceled";

    /// <summary>The last change failed.</summary>
    public const string Failed = "Failed";

    /// <summary>The resource is being deleted.</summary>
    public const string Deleting = "Deleting";
}

/// <summary>Values of <c>syncMode</c> that are known; the property is free text.</summary>
public static class SyncModes
{
    /// <summary>Every run lists the whole source.</summary>
    public const string FullScan = "FullScan";

    /// <summary>A run compares two snapshots of the source.</summary>
    public const string SnapshotBased = "SnapshotBased";
}

/// <summary>Values of <c>agentStatus</c>.</summary>
public static class AgentStatuses
{
    /// <summary>Registered, and not heard of yet.</summary>
    public const string Registering = "Registering";

    /// <summary>No beat for a while.</summary>
    public const string Offline = "Offline";

    /// <summary>Beating, and idle.</summary>
    public const string Online = "Online";

    /// <summary>Beating, and working on a run.</summary>
    public const string Executing = "Executing";

    /// <summary>Needs a person; see <c>errorDetails</c>.</summary>
    public const string RequiresAttention = "RequiresAttention";

    /// <summary>Being deleted.</summary>
    public const string Unregistering = "Unregistering";
}

/// <summary>Values of <c>connectionStatus</c>.</summary>
public static class ConnectionStatuses
{
    /// <summary>Waits for the owner of the private link service.</summary>
    public const string Pending = "Pending";

    /// <summary>Carries data.</summary>
    public const string Approved = "Approved";

    /// <summary>The owner said no.</summary>
    public const string Rejected = "Rejected";

    /// <summary>The owner took it away.</summary>
    public const string Disconnected = "Disconnected";

    /// <summary>What it was made for is gone.</summary>
    public const string Stale = "Stale";
}

/// <summary>Values of <c>copyMode</c>.</summary>
public static class CopyModes
{
    /// <summary>New and changed items go to the target; what else is there stays.</summary>
    public const string Additive = "Additive";

    /// <summary>As additive, and what the source does not have is deleted under the target subpath.</summary>
    public const string Mirror = "Mirror";

    /// <summary>Both.</summary>
    public static readonly IReadOnlyList<string> All = [Additive, Mirror];
}

/// <summary>Values of <c>jobType</c>.</summary>
public static class JobTypes
{
    /// <summary>An agent moves the data.</summary>
    public const string OnPremToCloud = "OnPremToCloud";

    /// <summary>The service's own workers move the data.</summary>
    public const string CloudToCloud = "CloudToCloud";

    /// <summary>The service's own workers move the data over a private connection.</summary>
    public const string OnPremToCloudAgentLess = "OnPremToCloudAgentLess";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [OnPremToCloud, CloudToCloud, OnPremToCloudAgentLess];
}

/// <summary>Values of <c>dataIntegrityValidation</c>.</summary>
public static class DataIntegrityValidations
{
    /// <summary>No MD5 is kept.</summary>
    public const string None = "None";

    /// <summary>The MD5 is stored with the target item.</summary>
    public const string SaveFileMd5 = "SaveFileMD5";

    /// <summary>The MD5 is stored, and the target item is read back and compared.</summary>
    public const string SaveVerifyFileMd5 = "SaveVerifyFileMD5";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [None, SaveFileMd5, SaveVerifyFileMd5];
}

/// <summary>Values of <c>schedule.frequency</c>.</summary>
public static class Frequencies
{
    /// <summary>No schedule.</summary>
    public const string None = "None";

    /// <summary>Once, at the start date and execution time.</summary>
    public const string Onetime = "Onetime";

    /// <summary>Every day.</summary>
    public const string Daily = "Daily";

    /// <summary>On the days of the week.</summary>
    public const string Weekly = "Weekly";

    /// <summary>On the days of the month.</summary>
    public const string Monthly = "Monthly";

    /// <summary>Every so many hours, see <c>repeatInterval</c>.</summary>
    public const string Hourly = "Hourly";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [Monthly, Weekly, Daily, Onetime, None, Hourly];
}

/// <summary>Values of <c>triggerType</c>.</summary>
public static class TriggerTypes
{
    /// <summary>Somebody called <c>startJob</c>.</summary>
    public const string Manual = "Manual";

    /// <summary>The definition's schedule came due.</summary>
    public const string Scheduled = "Scheduled";
}

/// <summary>Values of a run's <c>scanStatus</c>.</summary>
public static class ScanStatuses
{
    /// <summary>Nothing is listed yet.</summary>
    public const string NotStarted = "NotStarted";

    /// <summary>The source is being listed.</summary>
    public const string Scanning = "Scanning";

    /// <summary>The whole source is listed.</summary>
    public const string Completed = "Completed";
}

/// <summary>Days of the week as the API spells them, Monday first.</summary>
public static class WeekDays
{
    /// <summary>All seven.</summary>
    public static readonly IReadOnlyList<string> All = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
}
