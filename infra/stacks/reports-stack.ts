import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  CachePolicy,
  type CfnDistribution,
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  type IOrigin,
  KeyGroup,
  PublicKey,
  ResponseHeadersPolicy,
  S3OriginAccessControl,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { acknowledge } from '../constructs/acknowledge.ts';
import { CognitoSignIn } from '../constructs/cognito-sign-in.ts';
import type { BundleFunction } from '../constructs/pipeline-function.ts';
import type { Environment, ReportAccess } from '../environments.ts';
import type { StorageStack } from './storage-stack.ts';

export interface ReportsStackProps extends StackProps {
  readonly environment: Environment;
  readonly access: ReportAccess;
  readonly storage: StorageStack;
  readonly bundle: BundleFunction;
}

/**
 * The report site. CloudFront itself refuses every request without a cookie signed by our key, so no mistake further
 * back makes the report public; who hands the cookies out can be exchanged (`reportAccess`).
 */
export class ReportsStack extends Stack {
  constructor(scope: Construct, id: string, props: ReportsStackProps) {
    super(scope, id, props);
    const { storage, access } = props;
    const publicKey = new PublicKey(this, 'CookieKey', { encodedKey: access.publicKey });
    const distribution = new Distribution(this, 'Site', {
      comment: `Tidemark ${props.environment.name} report`,
      defaultRootObject: 'index.html',
      // HTTP/3 is not to be had in every partition.
      httpVersion: HttpVersion.HTTP2,
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      // One page serves every address of the site. What the cookie's signature does not open stays a 403.
      errorResponses: [
        { httpStatus: 404, responseHttpStatus: 200, responsePagePath: '/index.html', ttl: Duration.minutes(1) },
      ],
      ...(access.site && { domainNames: [access.site.domain] }),
      enableLogging: true,
      logBucket: this.#accessLogs(props.environment),
      defaultBehavior: {
        origin: this.#origin(storage),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: this.#cachePolicy(),
        responseHeadersPolicy: this.#securityHeaders(),
        trustedKeyGroups: [new KeyGroup(this, 'Readers', { items: [publicKey] })],
      },
    });
    if (storage.reportReader) {
      acknowledge(distribution, ['AwsSolutions-CFR7'], 'CloudFront in China has no origin access controls.');
    }
    if (access.site) useCertificate(distribution, access.site.iamCertificateId);
    if (access.kind === 'cognito') {
      new CognitoSignIn(this, 'SignIn', { ...props, access, distribution, publicKey });
    }
    acknowledge(
      distribution,
      ['AwsSolutions-CFR1'],
      'Readers travel; the signed cookie is the boundary, not the country.',
    );
    acknowledge(
      distribution,
      ['AwsSolutions-CFR2'],
      'Static files behind signed cookies: nothing for a firewall to inspect.',
    );
    acknowledge(
      distribution,
      ['AwsSolutions-CFR4'],
      'CloudFront’s own domain fixes its TLS policy; a company that adds its certificate gets TLS 1.2 by the setting above.',
    );
    new CfnOutput(this, 'SiteUrl', { value: `https://${access.site?.domain ?? distribution.distributionDomainName}` });
    new CfnOutput(this, 'CookieKeyId', { value: publicKey.publicKeyId });
  }

  /** The bucket by its name, so that CloudFront's rights stay in the bucket's own stack. */
  #origin({ reportBucket, reportReader }: StorageStack): IOrigin {
    const bucket = Bucket.fromBucketAttributes(this, 'SiteBucket', {
      bucketArn: reportBucket.bucketArn,
      bucketRegionalDomainName: reportBucket.bucketRegionalDomainName,
    });
    if (reportReader) return S3BucketOrigin.withOriginAccessIdentity(bucket, { originAccessIdentity: reportReader });
    return S3BucketOrigin.withOriginAccessControl(bucket, {
      originAccessControl: new S3OriginAccessControl(this, 'OriginAccess'),
    });
  }

  #accessLogs(environment: Environment): IBucket {
    const logs = new Bucket(this, 'AccessLogs', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      // CloudFront delivers its logs by ACL.
      objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
      lifecycleRules: [{ expiration: Duration.days(environment.retention.logDays) }],
      removalPolicy: environment.onDestroy === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    }) as IBucket;
    acknowledge(logs, ['AwsSolutions-S1'], 'It holds the access logs; logging who reads logs would never end.');
    return logs;
  }

  /** Pages are asked for anew every minute; data files carry a hash in their name, so their own headers may say more. */
  #cachePolicy(): CachePolicy {
    return new CachePolicy(this, 'Cache', {
      defaultTtl: Duration.minutes(1),
      minTtl: Duration.seconds(0),
      maxTtl: Duration.days(365),
      enableAcceptEncodingBrotli: true,
      enableAcceptEncodingGzip: true,
    });
  }

  #securityHeaders(): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'SecurityHeaders', {
      securityHeadersBehavior: {
        contentSecurityPolicy: {
          override: true,
          // DuckDB runs in the page as WebAssembly, from a worker that it makes itself; nothing comes from another host.
          contentSecurityPolicy: [
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "connect-src 'self' blob:",
            "frame-ancestors 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "object-src 'none'",
          ].join('; '),
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(365),
          includeSubdomains: true,
          override: true,
        },
      },
    });
  }
}

/** CDK knows certificates of ACM only, which CloudFront in China does not take. */
function useCertificate(distribution: Distribution, iamCertificateId: string): void {
  const resource = distribution.node.defaultChild as CfnDistribution;
  resource.addPropertyOverride('DistributionConfig.ViewerCertificate', {
    IamCertificateId: iamCertificateId,
    SslSupportMethod: 'sni-only',
    MinimumProtocolVersion: 'TLSv1.2_2021',
  });
}
