using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mover.Client.Arm;

namespace Mover.Client.Agent;

/// <summary>Connections that trust the control plane's own CA and nothing else.</summary>
public static class AgentTrust
{
    /// <summary>
    /// A handler whose TLS accepts only chains that end in one of the given certificates, for the right host name.
    /// Throws <see cref="CryptographicException"/> when the text holds no certificate.
    /// </summary>
    /// <param name="caPem">One or more certificates in PEM; empty trusts the system's store instead.</param>
    /// <param name="hasOthers">Whether the control plane has other addresses.</param>
    public static SocketsHttpHandler CreateHandler(string caPem, bool hasOthers = false)
    {
        if (caPem.Length == 0)
        {
            return ArmTransport.CreateHandler(null, hasOthers);
        }

        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(caPem);
        return authorities.Count > 0
            ? ArmTransport.CreateHandler(authorities, hasOthers)
            : throw new CryptographicException("The CA file contains no PEM certificate.");
    }
}
