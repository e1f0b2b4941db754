using System.Text.Json.Nodes;

namespace Mover.SystemTests.Faults;

/// <summary>What a load is put on: servers that answer for the same keys.</summary>
internal interface ILoadTarget
{
    /// <summary>How many servers are asked.</summary>
    int Servers { get; }

    /// <summary>A client that trusts the control plane's authority alone, and is signed in.</summary>
    HttpClient NewHttp();

    /// <summary>The URL of a key at a server.</summary>
    Uri At(int server, string key);

    /// <summary>The region of a server; null where that says nothing.</summary>
    string? RegionOf(int server);

    /// <summary>The properties of a key that holds a value.</summary>
    JsonObject PropertiesOf(string key, string value);
}
