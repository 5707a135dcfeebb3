export * from '../../local/fault-proxy.ts';
